import { describe, expect, test } from "vitest";
import { configMapDefinition } from "../../../src/api/config-map-definition.ts";
import type { StoredObject } from "../../../src/api/meta.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { negotiate } from "../../../src/apiserver/accept.ts";
import { humanDuration } from "../../../src/apiserver/human-duration.ts";
import { ObjectJson } from "../../../src/apiserver/object-json.ts";
import { parsePath } from "../../../src/apiserver/request-path.ts";
import { toStatus } from "../../../src/apiserver/status-error.ts";
import { WatchEncoder } from "../../../src/apiserver/watch-encoder.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { ERROR_CODES, type ErrorCode, PortunixError } from "../../../src/base/errors.ts";

describe("humanDuration", () => {
  test.each([
    [-2_500, "<invalid>"],
    [-1_900, "0s"],
    [0, "0s"],
    [999, "0s"],
    [119_999, "119s"],
    [120_000, "2m"],
    [200_000, "3m20s"],
    [599_000, "9m59s"],
    [600_000, "10m"],
    [10_799_000, "179m"],
    [10_800_000, "3h"],
    [11_520_000, "3h12m"],
    [28_800_000, "8h"],
    [172_799_000, "47h"],
    [172_800_000, "2d"],
    [183_600_000, "2d3h"],
    [691_200_000, "8d"],
    [63_071_999_000, "729d"],
    [63_072_000_000, "2y"],
    [63_158_400_000, "2y1d"],
    [252_288_000_000, "8y"],
  ])("of %i ms is %s", (durationMs, expected) => {
    expect(humanDuration(durationMs)).toBe(expected);
  });
});

describe("negotiate", () => {
  const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
  test.each([
    [undefined, "object"],
    ["", "object"],
    ["application/json", "object"],
    ["*/*", "object"],
    ["application/vnd.kubernetes.protobuf,application/json", "object"],
    [`${table},application/json`, "table"],
    ["application/json;as=Table;v=v1beta1;g=meta.k8s.io", "table"],
    ["application/json;as=Table;v=v7;g=meta.k8s.io,application/json", "object"],
    [`${table};q=0.1,application/json`, "object"],
    ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "metadata"],
    ["application/json;stream=watch", "object"],
    ["APPLICATION/JSON; charset=utf-8", "object"],
  ])("of %j is %s", (accept, expected) => {
    expect(negotiate(accept).as).toBe(expected);
  });

  test.each([
    "text/html",
    "application/json;q=0",
    "application/json;as=toString;g=meta.k8s.io;v=v1",
  ])("of %j is NotAcceptable", (accept) => {
    expect(() => negotiate(accept)).toThrow(
      expect.objectContaining({ httpStatus: 406, reason: "NotAcceptable" }) as Error,
    );
  });
});

describe("toStatus", () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    "has the HTTP status of %s in the table",
    (code) => {
      const status = toStatus(new PortunixError(code, "text"));
      expect(status).toMatchObject({
        kind: "Status",
        status: "Failure",
        code: ERROR_CODES[code].httpStatus,
      });
      expect(status.reason).toMatch(/^[A-Z][A-Za-z]+$/);
    },
  );

  test("tells nothing of what is not ours", () => {
    for (const thrown of [
      new TypeError("secret"),
      "secret",
      undefined,
      new PortunixError("Internal", "secret"),
    ])
      expect(JSON.stringify(toStatus(thrown))).not.toContain("secret");
  });

  test("puts the causes of an invalid object into its message, once", () => {
    const causes = [{ field: "spec.a", reason: "FieldValueRequired", message: "Required value" }];
    const subject = { definition: pluginDefinition, name: "x" };
    const expected = {
      message: 'Plugin.portunix.ai "x" is invalid: spec.a: Required value',
      details: { name: "x", group: "portunix.ai", kind: "Plugin", causes },
    };
    const bare = new PortunixError("ManifestInvalid", "invalid", { causes });
    expect(toStatus(bare, subject)).toMatchObject(expected);
    const worded = new PortunixError("ManifestInvalid", expected.message, { causes });
    expect(toStatus(worded, subject)).toMatchObject(expected);
  });
});

describe("parsePath", () => {
  test("takes a target apart", () => {
    const { segments, query } = parsePath("//api/v1/a%20b/?x=1&y=a%3Db?c");
    expect(segments).toEqual(["api", "v1", "a b"]);
    expect([query.get("x"), query.get("y")]).toEqual(["1", "a=b?c"]);
  });

  test.each([
    "/a/../b",
    "/./a",
    "/%2e%2e",
    "/a%2fb",
    "/a%00",
    "/%zz",
    "/%25",
    `/${"x".repeat(254)}`,
  ])("refuses %s", (target) => {
    expect(() => parsePath(target)).toThrow(
      expect.objectContaining({ code: "BadRequest" }) as Error,
    );
  });
});

describe("WatchEncoder", () => {
  test("encodes an event once for all who want the same shape", () => {
    const encoder = new WatchEncoder(new ObjectJson({}), systemClock);
    const json = {
      definition: configMapDefinition,
      format: negotiate(undefined),
      includeObject: "Metadata",
    } as const;
    const one = object("5");
    const first = encoder.encode("ADDED", one, { ...json, hasHeader: true });
    expect(encoder.encode("ADDED", one, { ...json, hasHeader: true })).toBe(first);
    expect(encoder.encode("DELETED", one, { ...json, hasHeader: true })).not.toBe(first);
    expect(JSON.parse(first.toString())).toEqual({ type: "ADDED", object: one });
    const next = encoder.encode("ADDED", object("6"), { ...json, hasHeader: true });
    expect(JSON.parse(next.toString())).toMatchObject({
      object: { metadata: { resourceVersion: "6" } },
    });
  });
});

function object(resourceVersion: string): StoredObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "a",
      namespace: "default",
      uid: "u",
      resourceVersion,
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
  };
}
