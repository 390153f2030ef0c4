import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../../../src/sources/build-snapshot.ts";
import { documentOf, pluginObject, pluginRef } from "../../helpers/source-samples.ts";

const SOURCE = { sourceId: "directory:/m", complete: true, reason: "" };

describe("buildSnapshot", () => {
  test("takes an identity that two files claim from neither, and names each place at the other", () => {
    const a = documentOf(pluginObject("a"), "/m/1.yaml", 3);
    const again = documentOf(pluginObject("a"), "/m/2.yaml", 7);
    const b = documentOf(pluginObject("b"), "/m/2.yaml", 1);
    const snapshot = buildSnapshot(
      SOURCE,
      [
        { documents: [a], problems: [] },
        { documents: [b, again], problems: [] },
      ],
      [],
    );
    expect(snapshot.documents).toEqual([b]);
    expect(snapshot.files).toBe(2);
    expect(snapshot.problems).toMatchObject([
      { ref: { name: "a" }, file: "/m/1.yaml", line: 3 },
      { ref: { name: "a" }, file: "/m/2.yaml", line: 7 },
    ]);
    expect(snapshot.problems[0]?.message).toContain("/m/2.yaml:7");
    expect(snapshot.problems[1]?.message).toContain("/m/1.yaml:3");
  });

  test("leaves out a document that a problem names", () => {
    const problem = { ref: pluginRef("a"), file: "/m/1.yaml", line: 1, column: 1, message: "bad" };
    const documents = [documentOf(pluginObject("a")), documentOf(pluginObject("b"))];
    const snapshot = buildSnapshot(SOURCE, [{ documents, problems: [problem] }], []);
    expect(snapshot.documents.map(({ ref }) => ref.name)).toEqual(["b"]);
    expect(snapshot.problems).toEqual([problem]);
  });
});
