import { connect } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { ApiServerOptions } from "../../../src/apiserver/api-context.ts";
import { PortunixError } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { CONFIG_MAPS, configMap, plugin, PLUGINS, serve } from "./harness.ts";

describe("an error", () => {
  test.each([
    ["GET", `${PLUGINS}/x`, 404, "NotFound", 'plugins.portunix.ai "x" not found'],
    ["DELETE", `${PLUGINS}/x`, 404, "NotFound", 'plugins.portunix.ai "x" not found'],
    ["GET", `${CONFIG_MAPS}/x`, 404, "NotFound", 'configmaps "x" not found'],
    ["GET", "/nowhere", 404, "NotFound", "the server could not find the requested resource"],
    ["GET", "/apis/portunix.ai/v1alpha1/x", 404, "NotFound", "the server could not find"],
    ["GET", "/apis/portunix.ai/v9/plugins", 404, "NotFound", "the server could not find"],
    ["GET", `${PLUGINS}/x/log`, 404, "NotFound", "the server could not find"],
    ["GET", "/api/v1/namespaces/default/plugins", 404, "NotFound", "the server could not find"],
    ["GET", `${PLUGINS}/a%2Fb`, 400, "BadRequest", "invalid path segment"],
    ["GET", `${PLUGINS}/..`, 400, "BadRequest", "invalid path segment"],
    ["GET", `${PLUGINS}/%E0%A4`, 400, "BadRequest", "percent-encoding"],
    ["GET", `${PLUGINS}/${"x".repeat(300)}`, 400, "BadRequest", "longer than 253"],
    [
      "GET",
      `${PLUGINS}?labelSelector=a%3D%3D%3Db`,
      400,
      "BadRequest",
      "unable to parse requirement",
    ],
    [
      "GET",
      `${PLUGINS}?fieldSelector=metadata.uid%3Dx`,
      400,
      "BadRequest",
      "field label not supported: metadata.uid",
    ],
    ["GET", `${PLUGINS}?resourceVersion=abc`, 400, "BadRequest", "Invalid value"],
    ["GET", `${PLUGINS}?watch=1&resourceVersion=99999999`, 410, "Expired", "newer than the newest"],
    ["GET", `${PLUGINS}?continue=abc`, 400, "BadRequest", "continue key is not valid"],
    [
      "POST",
      "/apis/portunix.ai/v1alpha1/plugins",
      405,
      "MethodNotAllowed",
      "does not allow this method",
    ],
    ["PUT", PLUGINS, 405, "MethodNotAllowed", "does not allow this method"],
    ["POST", `${PLUGINS}/x`, 405, "MethodNotAllowed", "does not allow this method"],
    ["DELETE", `${PLUGINS}/x/status`, 405, "MethodNotAllowed", "does not allow this method"],
    ["POST", "/version", 405, "MethodNotAllowed", "does not allow this method"],
    ["POST", "/apis", 405, "MethodNotAllowed", "does not allow this method"],
  ])("of %s %s is a Status of %i %s", async (method, path, code, reason, message) => {
    const { call } = await serve();
    const answer = await call(method, path);
    expect(answer.json).toMatchObject({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      reason,
      code,
    });
    expect(answer.code).toBe(code);
    expect((answer.json as { message: string }).message).toContain(message);
  });

  test("of an object that is there already is AlreadyExists", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("a") });
    const answer = await call("POST", PLUGINS, { body: plugin("a") });
    expect(answer.code).toBe(409);
    expect(answer.json).toMatchObject({
      reason: "AlreadyExists",
      message: 'plugins.portunix.ai "a" already exists',
      details: { group: "portunix.ai", kind: "plugins" },
    });
  });

  test("of an invalid object names every fault by its field", async () => {
    const { call } = await serve();
    const body = plugin("a", { spec: { replicas: -1, desiredState: "Walking" } });
    const answer = await call("POST", PLUGINS, { body });
    expect(answer.code).toBe(422);
    const { message, details } = answer.json as {
      message: string;
      details: { kind: string; group: string; causes: { field: string; reason: string }[] };
    };
    expect(message).toMatch(/^Plugin\.portunix\.ai "a" is invalid: \[/);
    expect(details).toMatchObject({ group: "portunix.ai", kind: "Plugin" });
    expect(details.causes.map(({ field }) => field).toSorted()).toEqual([
      "spec.desiredState",
      "spec.replicas",
    ]);
  });

  test.each([
    ["", "not valid JSON"],
    ["{", "not valid JSON"],
    ["[]", "must be a JSON object"],
    ["null", "must be a JSON object"],
    ['{"metadata":[]}', "metadata: must be an object"],
    ['{"kind":"Secret"}', "does not match the expected kind"],
    ['{"apiVersion":"v2"}', "does not match the expected apiVersion"],
    ['{"metadata":{"namespace":"other"}}', "namespace of the provided object does not match"],
    ['{"metadata":{"resourceVersion":"5"}}', "resourceVersion should not be set"],
    ['{"metadata":{"resourceVersion":5}}', "metadata.resourceVersion: must be a string"],
  ])("of the body %j is BadRequest", async (body, message) => {
    const { call } = await serve();
    const answer = await call("POST", CONFIG_MAPS, { body });
    expect([answer.code, (answer.json as { message: string }).message]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
  });

  test("answers what is nested too deep, too large or not UTF-8, and lives on", async () => {
    const { call } = await serve();
    const deep = `{"data":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect((await call("POST", CONFIG_MAPS, { body: deep })).code).toBe(422);
    const proto = '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}';
    expect((await call("POST", CONFIG_MAPS, { body: proto })).code).toBe(422);
    expect(({} as { x?: string }).x).toBeUndefined();
    const large = configMap("a", { key: "x".repeat(3 * 1024 * 1024) });
    const tooLarge = await call("POST", CONFIG_MAPS, { body: large });
    expect(tooLarge.code).toBe(413);
    expect(tooLarge.json).toMatchObject({ reason: "RequestEntityTooLarge" });
    expect((await call("GET", "/readyz")).text).toBe("ok");
  });

  test("of a body without a length that grows too large is 413 too", async () => {
    const { call } = await serve();
    const answer = await call("POST", CONFIG_MAPS, {
      body: `"${"x".repeat(4 * 1024 * 1024)}"`,
      headers: { "transfer-encoding": "chunked" },
    });
    expect(answer.code).toBe(413);
  });

  test("of a body that is no JSON by its type is 415", async () => {
    const { call } = await serve();
    const headers = { "content-type": "application/yaml" };
    const answer = await call("POST", CONFIG_MAPS, { body: "a: b", headers });
    expect(answer.code).toBe(415);
  });

  test("of an Accept that cannot be met is 406", async () => {
    const { call } = await serve();
    const answer = await call("GET", PLUGINS, { headers: { accept: "text/html" } });
    expect(answer.code).toBe(406);
    expect(answer.json).toMatchObject({ reason: "NotAcceptable" });
  });

  test("of a header that is too large is 431, and of what is no HTTP 400", async () => {
    const { call, socketPath } = await serve();
    const answer = await call("GET", "/version", { headers: { "x-large": "x".repeat(70_000) } });
    expect(answer.code).toBe(431);
    expect(answer.json).toMatchObject({ kind: "Status", reason: "RequestHeaderFieldsTooLarge" });
    expect(await say(socketPath, "hello\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 BadRequest\r\n.*"Status"/s,
    );
  });
});

describe("a store that fails", () => {
  test("is an InternalError without its text, and a line in the log", async () => {
    const lines: string[] = [];
    const store = new MemoryStore();
    store.list = () => {
      throw new TypeError("secret detail");
    };
    const { call } = await serve({ store, logger: listening(lines) });
    const answer = await call("GET", PLUGINS);
    expect(answer.code).toBe(500);
    expect(answer.json).toMatchObject({ reason: "InternalError", code: 500 });
    expect(answer.text).not.toContain("secret detail");
    expect(lines).toEqual(["a request failed"]);
    expect((await call("GET", "/readyz")).code).toBe(200);
  });

  test("by a full disk says so", async () => {
    const store = new MemoryStore();
    store.create = () => {
      throw new PortunixError("StorageFull", "no space left; free some");
    };
    const { call } = await serve({ store });
    const answer = await call("POST", CONFIG_MAPS, { body: configMap("a") });
    expect(answer.code).toBe(507);
    expect(answer.json).toMatchObject({
      reason: "StorageFull",
      message: "no space left; free some",
    });
  });
});

function listening(lines: string[]): NonNullable<ApiServerOptions["logger"]> {
  return { ...silentLogger, error: (_fields, message) => void lines.push(message) };
}

async function say(socketPath: string, text: string): Promise<string> {
  const socket = connect(socketPath);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString()));
  socket.end(text);
  await once(socket, "close");
  return heard;
}
