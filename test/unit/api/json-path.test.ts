import { describe, expect, test } from "vitest";
import { memberNames, parseJsonPath } from "../../../src/api/json-path.ts";

const object = {
  spec: { replicas: 3, list: [{ n: 1 }, { n: 2 }] },
  metadata: { labels: { "a.b/c": "x", plain: "y" } },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Stalled", status: "False" },
    ],
  },
};

describe("a JSONPath of a printer column", () => {
  test.each([
    [".spec.replicas", [3]],
    ["{.spec.replicas}", [3]],
    [".metadata.labels['a.b/c']", ["x"]],
    ['.metadata.labels["plain"]', ["y"]],
    [".metadata.labels.a\\.b/c", ["x"]],
    [".spec.list[1].n", [2]],
    [".spec.list[*].n", [1, 2]],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type=='Stalled')].status", ["False"]],
    [".spec.list[?(@.n==2)].n", [2]],
    [".status.none.at.all", []],
    [".spec.list.n", []],
    [".spec.replicas[0]", []],
    [".constructor", []],
  ])("%s finds %j", (path, found) => {
    expect(parseJsonPath(path)?.(object)).toEqual(found);
  });

  test.each(["", "spec", ".spec[", ".spec..a", ".spec[x]", ".a b", ".spec[?(@.x>1)]", "."])(
    "%j is none",
    (path) => {
      expect(parseJsonPath(path)).toBeUndefined();
    },
  );

  test("of plain members is also the names of them", () => {
    expect(memberNames(".spec.replicas")).toEqual(["spec", "replicas"]);
    expect(memberNames(".spec.list[0]")).toBeUndefined();
  });
});
