import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { createApiServer, type ApiServer } from "../../../src/apiserver/create-api-server.ts";
import type { Connector } from "../../../src/apiserver/ports.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { eventually } from "../../helpers/eventually.ts";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { caller, CONFIG_MAPS, configMap, serve } from "./harness.ts";

describe("the socket", () => {
  test("is 0600 in a directory of 0700, and is gone after close", async () => {
    const { server, socketPath } = await serve();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(socketPath, "..")).mode & 0o777).toBe(0o700);
    await server.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  test("takes a directory of its own away from other users", async () => {
    const directory = join(tempDir(), "run");
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    await listening(join(directory, "api.sock"));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("is not put in a directory that is shared on purpose", async () => {
    const directory = join(tempDir(), "run");
    mkdirSync(directory);
    chmodSync(directory, 0o1777);
    await expect(listening(join(directory, "api.sock"))).rejects.toMatchObject({
      code: "PermissionDenied",
    });
    expect(statSync(directory).mode & 0o7777).toBe(0o1777);
  });

  test("with too long a path is refused with its length and what to set", async () => {
    const path = join(tempDir(), "x".repeat(120), "api.sock");
    await expect(listening(path)).rejects.toMatchObject({
      code: "BadRequest",
      message: expect.stringMatching(
        new RegExp(`^the socket path ${path} has ${path.length} bytes.*107.*PORTUNIX_HOME`),
      ) as string,
    });
  });

  test("that answers is another daemon's, and is left to it", async () => {
    const { socketPath, call } = await serve();
    await expect(listening(socketPath)).rejects.toMatchObject({ code: "DaemonRunning" });
    expect((await call("GET", "/readyz")).text).toBe("ok");
  });

  test("that a killed process left behind is replaced", async () => {
    const path = join(tempDir(), "api.sock");
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const child = spawn(process.execPath, ["-e", script]);
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(path)).toBe(true);
    await listening(path);
    expect((await caller(path)("GET", "/readyz")).text).toBe("ok");
  });

  test("never replaces what is not a socket", async () => {
    const path = join(tempDir(), "api.sock");
    writeFileSync(path, "precious");
    await expect(listening(path)).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringContaining("not a socket") as string,
    });
    expect(readFileSync(path, "utf8")).toBe("precious");
  });
});

describe("close", () => {
  test("ends watches cleanly, and idle connections too", async () => {
    const { server, socketPath } = await serve();
    const idle = connect(socketPath);
    const watching = connect(socketPath);
    onTestFinished(() => void [idle.destroy(), watching.destroy()]);
    idle.write("GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n");
    watching.write(`GET ${CONFIG_MAPS}?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n`);
    let heard = "";
    watching.on("data", (chunk) => (heard += chunk.toString()));
    await Promise.all([once(idle, "data"), once(watching, "data")]);
    const gone = Promise.all([once(idle, "close"), once(watching, "close")]);
    await Promise.all([server.close(), gone]);
    expect(heard).toMatch(/0\r\n\r\n$/);
  });

  test("cuts a client that does not take the end", async () => {
    const store = new MemoryStore();
    const { server, socketPath, call } = await serve({ store, connectors: [endless] });
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const stuck = connect(socketPath);
    onTestFinished(() => void stuck.destroy());
    stuck.write(`GET ${CONFIG_MAPS}/a/noise HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(stuck, "readable");
    await server.close();
    stuck.resume();
    await once(stuck, "close");
  });

  test("can be called before listen, and twice", async () => {
    const server = newServer();
    await server.close();
    await server.close();
  });
});

describe("a connector", () => {
  test("streams its body, and hears when the client has gone", async () => {
    let isAborted = false;
    const log: Connector = {
      plural: "configmaps",
      subresource: "log",
      async handle({ object, query, signal }) {
        signal.addEventListener("abort", () => (isAborted = true));
        const tail = query.get("tailLines") ?? "";
        return Promise.resolve({
          contentType: "text/plain",
          body: lines([`${object.metadata.name} ${tail}\n`], signal),
        });
      },
    };
    const { call, socketPath } = await serve({ store: new MemoryStore(), connectors: [log] });
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    expect((await call("GET", `${CONFIG_MAPS}/x/log`)).code).toBe(404);
    expect((await call("POST", `${CONFIG_MAPS}/a/log`)).code).toBe(405);
    const socket = connect(socketPath);
    socket.write(`GET ${CONFIG_MAPS}/a/log?tailLines=5 HTTP/1.1\r\nhost: x\r\n\r\n`);
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk.toString()));
    await eventually(() => expect(heard).toContain("a 5\n"));
    expect(isAborted).toBe(false);
    socket.destroy();
    await eventually(() => expect(isAborted).toBe(true));
  });

  test("that fails before its first byte answers with a Status", async () => {
    const broken: Connector = {
      plural: "configmaps",
      subresource: "log",
      handle: () => Promise.reject(new TypeError("no such file")),
    };
    const { call } = await serve({ store: new MemoryStore(), connectors: [broken] });
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const answer = await call("GET", `${CONFIG_MAPS}/a/log`);
    expect(answer.code).toBe(500);
    expect(answer.json).toMatchObject({ reason: "InternalError" });
  });
});

const endless: Connector = {
  plural: "configmaps",
  subresource: "noise",
  handle: () => Promise.resolve({ contentType: "text/plain", body: noise() }),
};

async function* noise(): AsyncGenerator<string> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    yield "x".repeat(4 * 1024 * 1024);
  }
}

async function* lines(texts: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  yield* texts;
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

function newServer(): ApiServer {
  return createApiServer({
    store: new MemoryStore(),
    definitions: () => allDefinitions,
    connectors: [],
    info: () => ({ pid: 1, home: "", socket: "", version: "0", startedAt: "", manifests: [] }),
    clock: systemClock,
    logger: silentLogger,
  });
}

async function listening(path: string): Promise<ApiServer> {
  const server = newServer();
  await server.listen(path);
  onTestFinished(() => server.close());
  return server;
}
