import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { configMapDefinition } from "../../../src/api/config-map-definition.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { parseFieldSelector } from "../../../src/apiserver/field-selector.ts";
import { parseLabelSelector } from "../../../src/apiserver/label-selector.ts";
import { selectEvent } from "../../../src/apiserver/selection.ts";

describe("parseLabelSelector", () => {
  test.each([
    ["", true],
    ["tier", true],
    ["!tier", false],
    ["! env", true],
    ["tier=core", true],
    ["tier==core", true],
    ["tier = core", true],
    ["tier=edge", false],
    ["tier!=edge", true],
    ["env!=x", true],
    ["env=", false],
    ["empty=", true],
    ["empty", true],
    ["tier in (core, edge)", true],
    ["tier in (edge)", false],
    ["env in (core)", false],
    ["tier notin (edge)", true],
    ["tier notin (core)", false],
    ["env notin (core)", true],
    ["weight>4", true],
    ["weight > 5", false],
    ["weight<6", true],
    ["tier>1", false],
    ["env<1", false],
    ["example.com/role=db", true],
    ["tier=core,example.com/role in (db,web),!env", true],
    ["tier=core,env", false],
    ["toString", false],
    ["!toString", true],
  ])("%j of the labels is %s", (text, expected) => {
    const labels = { tier: "core", weight: "5", empty: "", "example.com/role": "db" };
    expect(parseLabelSelector(text)(object({ labels }))).toBe(expected);
  });

  test.each([
    "=",
    "a=b=c",
    "a in b",
    "a in (b",
    "a in (b))",
    "a,,b",
    ",",
    "a b",
    "-a",
    "a=-b",
    "a>x",
    "a notin",
    "a/b/c",
    "a=b c",
    "x".repeat(64),
  ])("refuses %j", (text) => {
    expect(() => parseLabelSelector(text)).toThrow(
      expect.objectContaining({ code: "BadRequest" }) as Error,
    );
  });

  test("without labels matches only what asks for their absence", () => {
    expect(parseLabelSelector("a!=b,!c,d notin (e)")(object({}))).toBe(true);
    expect(parseLabelSelector("a")(object({}))).toBe(false);
  });

  test("of 60,000 commas is refused at once", () => {
    expect(() => parseLabelSelector(",".repeat(60_000))).toThrow("unable to parse requirement");
  });
});

describe("parseFieldSelector", () => {
  test.each([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name==a", true],
    ["metadata.name!=a", false],
    ["metadata.name=a,metadata.namespace=default", true],
    ["metadata.name=a,metadata.namespace=other", false],
    ["spec.desiredState=Enabled", true],
    ["status.phase=", true],
    ["metadata.name=a\\,b", false],
  ])("%j is %s", (text, expected) => {
    const one = { ...object({}), spec: { desiredState: "Enabled" } };
    expect(parseFieldSelector(text, pluginDefinition)(one)).toBe(expected);
  });

  test.each(["spec.desiredState=x", "toString=x", "__proto__=x", "metadata.uid=x"])(
    "refuses %j of a kind that does not know it",
    (text) => {
      expect(() => parseFieldSelector(text, configMapDefinition)).toThrow(
        `field label not supported: ${text.split("=")[0]}`,
      );
    },
  );

  test("refuses what has no operator", () => {
    expect(() => parseFieldSelector("metadata.name", configMapDefinition)).toThrow(
      "invalid selector",
    );
  });
});

describe("selectEvent", () => {
  const isCore = parseLabelSelector("tier=core");
  const core = object({ labels: { tier: "core" }, resourceVersion: "5" });
  const edge = object({ labels: { tier: "edge" }, resourceVersion: "6" });

  test("without a selection leaves an event as it is", () => {
    const event = { type: "MODIFIED", object: core, previous: edge } as const;
    expect(selectEvent(event, undefined)).toEqual({ type: "MODIFIED", object: core });
  });

  test.each([
    ["ADDED", core, undefined, "ADDED"],
    ["ADDED", edge, undefined, undefined],
    ["MODIFIED", core, core, "MODIFIED"],
    ["MODIFIED", core, edge, "ADDED"],
    ["MODIFIED", edge, core, "DELETED"],
    ["MODIFIED", edge, edge, undefined],
    ["DELETED", core, core, "DELETED"],
    ["DELETED", edge, edge, undefined],
  ] as const)("%s of %o after %o is %s", (type, now, previous, expected) => {
    expect(selectEvent({ type, object: now, previous }, isCore)?.type).toBe(expected);
  });

  test("of an object that left gives its last selected state, with the version of the change", () => {
    const left = selectEvent({ type: "MODIFIED", object: edge, previous: core }, isCore);
    expect(left?.object.metadata).toMatchObject({ labels: { tier: "core" }, resourceVersion: "6" });
  });
});

function object(metadata: Partial<StoredObject["metadata"]>): StoredObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "a",
      namespace: "default",
      uid: "u",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
  };
}
