import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { CONFIG_MAPS, configMap, plugin, PLUGINS, serve } from "./harness.ts";

/** Requests that are nearly right reach further than random ones. */
const segment = fc.oneof(
  fc.constantFrom(
    "api",
    "apis",
    "v1",
    "portunix.ai",
    "v1alpha1",
    "namespaces",
    "default",
    "plugins",
    "configmaps",
    "a",
    "status",
    "log",
    "..",
    "__proto__",
    "constructor",
    "%2e%2e",
    "%",
    "%00",
    "",
  ),
  fc.webSegment(),
);
const known = fc.constantFrom(
  PLUGINS,
  `${PLUGINS}/a`,
  `${PLUGINS}/a/status`,
  CONFIG_MAPS,
  `${CONFIG_MAPS}/a`,
);
const target = fc.oneof(
  { weight: 4, arbitrary: known },
  {
    weight: 1,
    arbitrary: fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join("/")}`),
  },
  { weight: 1, arbitrary: fc.webUrl().map((url) => url.replace(/^https?:\/\/[^/]*/, "/")) },
);
const parameter = fc.tuple(
  fc.constantFrom(
    "labelSelector",
    "fieldSelector",
    "resourceVersion",
    "limit",
    "continue",
    "dryRun",
    "propagationPolicy",
    "includeObject",
    "watch",
    "timeoutSeconds",
    "sendInitialEvents",
    "resourceVersionMatch",
  ),
  fc.oneof(
    fc.constantFrom(
      "",
      "0",
      "1",
      "-1",
      "All",
      "true",
      "a=b",
      "!a",
      "a in (b,c",
      "a>1",
      "Exact",
      ",,",
      "((",
    ),
    fc.string({ maxLength: 20 }),
  ),
);
const query = fc
  .oneof(fc.constant([]), fc.array(parameter, { maxLength: 4 }))
  // A watch ends by itself only after its timeout; those have tests of their own.
  .map((pairs) => pairs.filter(([name]) => name !== "watch"))
  .map((pairs) => new URLSearchParams(pairs).toString());
const sound = fc.constantFrom<unknown>(plugin("a"), configMap("a", { key: "value" }));
const operation = fc.record(
  {
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "_get", "constructor"),
    path: fc.constantFrom(
      "",
      "/",
      "/data",
      "/data/key",
      "/spec/x",
      "/metadata/labels",
      "/__proto__/x",
      "/constructor/prototype/x",
      "/metadata/finalizers/-",
      "/toString",
      "data",
    ),
    from: fc.constantFrom("", "/data", "/spec", "/nowhere", "/constructor"),
    value: fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: [] },
);
const sent = fc.oneof(
  { weight: 3, arbitrary: sound.map((value) => JSON.stringify(value)) },
  fc.tuple(sound, fc.nat(), fc.string({ maxLength: 3 })).map(([value, at, noise]) => {
    const text = JSON.stringify(value);
    const place = at % text.length;
    return text.slice(0, place) + noise + text.slice(place + 1);
  }),
  fc
    .tuple(sound, fc.jsonValue())
    .map(([value, spec]) => JSON.stringify({ ...(value as object), spec, data: spec })),
  fc
    .tuple(sound, fc.jsonValue())
    .map(([value, metadata]) => JSON.stringify({ ...(value as object), metadata })),
  fc.array(operation, { maxLength: 4 }).map((operations) => JSON.stringify(operations)),
  fc.json(),
  fc.string(),
);
const random = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
  target,
  query,
  body: fc.option(sent, { nil: undefined }),
  type: fc.constantFrom(
    "application/json",
    "application/json",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "application/json; charset=utf-8",
    ";;;",
  ),
  accept: fc.constantFrom(
    "application/json",
    "*/*",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=__proto__;v=v1;g=meta.k8s.io",
    "text/html;q=x,;=,",
  ),
});

const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const json = "application/json";
const sensible = name.chain((one) =>
  fc.constantFrom(
    { method: "POST", target: CONFIG_MAPS, body: configMap(one), type: json },
    {
      method: "PUT",
      target: `${CONFIG_MAPS}/${one}`,
      body: configMap(one, { x: "y" }),
      type: json,
    },
    {
      method: "PATCH",
      target: `${CONFIG_MAPS}/${one}`,
      body: { data: { x: null } },
      type: "application/merge-patch+json",
    },
    {
      method: "PATCH",
      target: `${PLUGINS}/a`,
      body: [{ op: "add", path: "/metadata/labels", value: { a: one } }],
      type: "application/json-patch+json",
    },
    {
      method: "DELETE",
      target: `${CONFIG_MAPS}/${one}`,
      body: { kind: "DeleteOptions" },
      type: json,
    },
  ),
);
/** A sensible request, often with one thing wrong. */
const mutated = fc
  .tuple(
    sensible,
    random,
    fc.constantFrom(undefined, undefined, "method", "target", "body", "type", "accept", "query"),
  )
  .map(([one, other, field]) => ({
    ...one,
    body: JSON.stringify(one.body),
    accept: json,
    query: "",
    ...(field === undefined ? {} : { [field]: other[field] }),
  }));
const example = fc.oneof(mutated, random);

test("no request makes the server fail: each is answered, none with a 5xx, none with a stack", async () => {
  const { call } = await serve({ store: new MemoryStore() });
  await call("POST", PLUGINS, { body: plugin("a") });
  await call("POST", CONFIG_MAPS, { body: configMap("a", { key: "value" }) });
  const codes = new Set<number>();
  await fc.assert(
    fc.asyncProperty(example, async (one) => {
      const { method, body, type, accept } = one;
      const path = `${one.target}?${one.query}`;
      const headers = { "content-type": type, accept };
      const answer = await call(method, path, body === undefined ? { headers } : { body, headers });
      codes.add(answer.code);
      expect(answer.code).toBeLessThan(500);
      expect(answer.text).not.toMatch(/\n\s+at /);
      if (answer.code >= 400 && method !== "HEAD")
        expect(answer.json).toMatchObject({ kind: "Status", code: answer.code });
    }),
    { numRuns: 800 },
  );
  // A run in which everything failed at the door would prove little.
  expect([...codes]).toEqual(expect.arrayContaining([200, 201, 400, 404, 405, 409, 415, 422]));
  expect((await call("GET", "/readyz")).text).toBe("ok");
}, 60_000);
