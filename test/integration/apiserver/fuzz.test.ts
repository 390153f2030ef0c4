import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { fuzzRequest } from "../../helpers/request-arbitraries.ts";
import { CONFIG_MAPS, configMap, plugin, PLUGINS, serve } from "./harness.ts";

// The same over the built daemon: test/e2e/api-fuzz.test.ts.
test("no request makes the server fail: each is answered, none with a 5xx, none with a stack", async () => {
  const { call } = await serve({ store: new MemoryStore() });
  await call("POST", PLUGINS, { body: plugin("a") });
  await call("POST", CONFIG_MAPS, { body: configMap("a", { key: "value" }) });
  const codes = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fuzzRequest, async (one) => {
      const { method, body, type, accept } = one;
      const path = `${one.target}${one.target.includes("?") ? "&" : "?"}${one.query}`;
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
