import { once } from "node:events";
import { request, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import type { StoredObject } from "../../../src/api/meta.ts";
import type { ApiServerOptions } from "../../../src/apiserver/api-context.ts";
import { namespaceDefinition } from "../../../src/api/namespace-definition.ts";
import { createApiServer, type ApiServer } from "../../../src/apiserver/create-api-server.ts";
import { DefinitionRegistry } from "../../../src/apiserver/definition-registry.ts";
import { startLifecycle } from "../../../src/apiserver/lifecycle/start-lifecycle.ts";
import type { DaemonInfo, ObjectStore } from "../../../src/apiserver/ports.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openStore } from "../../../src/store/store.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

export const PLUGINS = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";
export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

export interface Served {
  readonly server: ApiServer;
  readonly store: ObjectStore;
  readonly socketPath: string;
  readonly call: Call;
}

/** Sends one request; the body may be text, or anything that becomes JSON. */
export type Call = (
  method: string,
  path: string,
  options?: { readonly body?: unknown; readonly headers?: OutgoingHttpHeaders },
) => Promise<Answer>;

export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** An API server on a socket of its own, over the real store unless another is given. */
export async function serve(overrides: Partial<ApiServerOptions> = {}): Promise<Served> {
  const directory = tempDir();
  const store = overrides.store ?? (await realStore(directory, overrides));
  const socketPath = join(directory, "run", "api.sock");
  // A store that a test gives keeps to itself: no namespaces are made in it, and none are asked for.
  const isOwn = overrides.store === undefined && overrides.definitions === undefined;
  const registry = new DefinitionRegistry(
    isOwn ? allDefinitions : allDefinitions.filter((one) => one !== namespaceDefinition),
  );
  if (isOwn) {
    const lifecycle = startLifecycle({ store, registry, clock: overrides.clock ?? systemClock });
    onTestFinished(() => lifecycle.close());
  }
  const server = createApiServer({
    store,
    definitions: registry.all,
    connectors: [],
    info: () => infoOf(socketPath),
    clock: systemClock,
    logger: silentLogger,
    ...overrides,
  });
  await server.listen(socketPath);
  onTestFinished(() => server.close());
  return { server, store, socketPath, call: caller(socketPath) };
}

export function caller(socketPath: string): Call {
  return async (method, path, options = {}) => {
    const { body, headers = {} } = options;
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const type = text === undefined ? {} : { "content-type": "application/json" };
    const sent = request({
      socketPath,
      method,
      path,
      headers: {
        ...type,
        ...(text === undefined || headers["transfer-encoding"] !== undefined
          ? {}
          : { "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
      agent: false,
    });
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end(text);
    const [response] = await answered;
    // Node's client may see EPIPE on a long body that was read to its end, when the server hangs up.
    sent.on("error", () => {});
    const received = await textOf(response);
    return {
      code: response.statusCode ?? 0,
      headers: response.headers,
      text: received,
      json: parsed(received),
    };
  };
}

export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export function plugin(name: string, more: object = {}): object {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name, ...("metadata" in more ? (more.metadata as object) : {}) },
    spec: { source: { path: "/srv/a" }, ...("spec" in more ? (more.spec as object) : {}) },
  };
}

export function configMap(name: string, data: object = {}, labels: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data };
}

export function objectOf({ json }: Answer): StoredObject {
  return json as StoredObject;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function realStore(
  directory: string,
  { clock = systemClock }: Partial<ApiServerOptions>,
): Promise<ObjectStore> {
  const path = join(directory, "state", "portunix.db");
  const store = await openStore({
    path,
    clock,
    logger: silentLogger,
    definitions: allDefinitions,
    historyLimit: 20,
  });
  onTestFinished(() => store.close());
  return store;
}

function infoOf(socketPath: string): DaemonInfo {
  return {
    pid: process.pid,
    home: "/home/of/portunix",
    socket: socketPath,
    version: "0.1.0",
    startedAt: "2026-01-01T00:00:00Z",
    manifests: [],
  };
}
