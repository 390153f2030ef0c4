import type { StoredObject } from "../api/meta.ts";
import { PortunixError } from "../base/errors.ts";
import { createAccessClient } from "./access-client.ts";
import type {
  ApiClient,
  DaemonInfo,
  PatchOptions,
  SourceStatus,
  Table,
  TableOptions,
  WriteOptions,
} from "./api-client.ts";
import { createDiscovery } from "./discovery.ts";
import { query, TABLE_ACCEPT } from "./query.ts";
import { pathOf } from "./resources.ts";
import {
  type ApiRequest,
  createTransport,
  type Transport,
  type TransportOptions,
} from "./transport.ts";
import { openWatch } from "./watch-stream.ts";

const FIELD_MANAGER = "portunix";

export interface ClientOptions extends TransportOptions {
  /** Where to keep what the daemon serves for a minute; left out: nowhere. */
  readonly discoveryPath?: string | undefined;
}

/** Connects at the first request, not before. */
export function createClient(options: ClientOptions): ApiClient {
  const transport = createTransport(options);
  return {
    ...readsOf(transport),
    ...writesOf(transport),
    ...createAccessClient(transport),
    resources: createDiscovery(transport, options.discoveryPath),
    ready: async () => void (await transport.send({ method: "GET", path: "/readyz" })),
    wasReached: () => transport.wasReached(),
    close: () => transport.close(),
  };
}

type Reads = Pick<
  ApiClient,
  "list" | "table" | "get" | "watch" | "log" | "subresource" | "daemonInfo" | "sources" | "read"
>;
type Writes = Pick<ApiClient, "create" | "patch" | "replace" | "delete" | "refresh">;

function readsOf(transport: Transport): Reads {
  const read = async (path: string, accept?: string): Promise<unknown> =>
    parse(
      await transport.send({ method: "GET", path, ...(accept === undefined ? {} : { accept }) }),
    );
  return {
    async list(resource, options) {
      const path = pathOf(resource, options.namespace);
      const parts = await readParts(options, async (part) => {
        return (await read(path + part)) as Partial<ListReply>;
      });
      return {
        resourceVersion: parts[0]?.metadata?.resourceVersion ?? "",
        items: parts.flatMap(({ items }) => items ?? []),
      };
    },
    async table(resource, options) {
      const path = pathOf(resource, options.namespace, options.name);
      const [first, ...rest] = await readParts(options, async (part) => {
        return (await read(path + part, TABLE_ACCEPT)) as Table;
      });
      if (first === undefined || rest.length === 0) return first ?? NO_TABLE;
      return { ...first, rows: [first, ...rest].flatMap(({ rows }) => rows) };
    },
    read: (path) => transport.send({ method: "GET", path }),
    async get({ resource, namespace, name }) {
      return (await read(pathOf(resource, namespace, name))) as StoredObject;
    },
    watch: (resource, options) => openWatch(transport, resource, options),
    log: ({ resource, namespace, name }, options, signal) =>
      transport.stream({
        method: "GET",
        path: `${pathOf(resource, namespace, name)}/log${query({ ...options })}`,
        accept: "text/plain, */*",
        signal,
      }),
    subresource: ({ resource, namespace, name }, subresource) =>
      read(`${pathOf(resource, namespace, name)}/${subresource}`),
    daemonInfo: async () => (await read("/portunix/v1/daemon")) as DaemonInfo,
    async sources() {
      const status = (await read("/portunix/v1/status")) as { sources?: readonly SourceStatus[] };
      return status.sources ?? [];
    },
  };
}

interface ListReply {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly StoredObject[];
}

function writesOf(transport: Transport): Writes {
  const write = async (request: ApiRequest) => parse(await transport.send(request)) as StoredObject;
  return {
    create: ({ resource, namespace }, object, options) =>
      write({
        method: "POST",
        path: pathOf(resource, namespace) + writeQuery(options),
        body: JSON.stringify(object),
      }),
    patch: ({ resource, namespace, name }, patch, options) =>
      write({
        method: "PATCH",
        path: `${pathOf(resource, namespace, name)}${subpathOf(options)}${writeQuery(options)}`,
        contentType: PATCH_TYPES[options?.type ?? "merge"],
        body: JSON.stringify(patch),
      }),
    replace: ({ resource, namespace, name }, object, options) =>
      write({
        method: "PUT",
        path: pathOf(resource, namespace, name) + writeQuery(options),
        body: JSON.stringify(object),
      }),
    async refresh(isWaiting) {
      await transport.send({ method: "POST", path: `/portunix/v1/refresh?wait=${isWaiting}` });
    },
    async delete({ resource, namespace, name }, options) {
      const dryRun = options?.dryRun === true ? "All" : undefined;
      const path = pathOf(resource, namespace, name) + query({ dryRun });
      const reply = await write({ method: "DELETE", path });
      return reply.kind === "Status" ? undefined : reply;
    },
  };
}

const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

function subpathOf(options: PatchOptions | undefined): string {
  return options?.subresource === undefined ? "" : `/${options.subresource}`;
}

const NO_TABLE: Table = { kind: "Table", metadata: {}, rows: [] };

interface Part {
  readonly metadata?: { readonly continue?: string };
}

/** The parts of a list, one after the other; the one part where nobody asked for parts. */
async function readParts<T extends Part>(
  { labelSelector, fieldSelector, chunkSize, ...rest }: TableOptions,
  readPart: (query: string) => Promise<T>,
): Promise<T[]> {
  const { includeObject } = rest;
  const limit = chunkSize === 0 ? undefined : chunkSize;
  const parts: T[] = [];
  let token: string | undefined;
  do {
    const parameters = { labelSelector, fieldSelector, includeObject, limit, continue: token };
    const part = await readPart(query(parameters));
    parts.push(part);
    token = part.metadata?.continue;
  } while (token !== undefined && token !== "");
  return parts;
}

function writeQuery(options: WriteOptions | undefined): string {
  return query({
    fieldManager: FIELD_MANAGER,
    fieldValidation: options?.fieldValidation ?? "Strict",
    dryRun: options?.dryRun === true ? "All" : undefined,
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (thrown) {
    throw new PortunixError(
      "Internal",
      `the daemon's answer is not JSON: ${body.slice(0, 80)}; are the client and the daemon of one version? see: portunix version`,
      { cause: thrown },
    );
  }
}
