import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Resource } from "./resources.ts";
import type { Transport } from "./transport.ts";

/** A kind that the daemon serves, as discovery tells of it. */
export interface ServedResource extends Resource {
  readonly verbs: readonly string[];
  readonly categories: readonly string[];
}

export interface DiscoveryOptions {
  /** From the daemon, however young the copy is. */
  readonly isFresh?: boolean;
}

const ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const MAX_AGE_MS = 60_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** @param cachePath - Its directory is made; undefined: every call asks the daemon. */
export function createDiscovery(
  transport: Transport,
  cachePath: string | undefined,
): (options?: DiscoveryOptions) => Promise<readonly ServedResource[]> {
  return async ({ isFresh = false } = {}) => {
    const kept = isFresh || cachePath === undefined ? undefined : readKept(cachePath);
    if (kept !== undefined) return kept;
    const replies = await Promise.all(
      ["/api", "/apis"].map((path) => transport.send({ method: "GET", path, accept: ACCEPT })),
    );
    const resources = replies.flatMap((reply) => resourcesOf(JSON.parse(reply) as GroupList));
    if (cachePath !== undefined) keep(cachePath, resources);
    return resources;
  };
}

interface GroupList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly DiscoveredResource[];
    }[];
  }[];
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

function resourcesOf({ items = [] }: GroupList): ServedResource[] {
  return items.flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map((one) => ({
        group: metadata?.name ?? "",
        version,
        kind: one.responseKind?.kind ?? one.resource,
        plural: one.resource,
        singular: one.singularResource || one.resource,
        shortNames: one.shortNames ?? [],
        namespaced: one.scope === "Namespaced",
        verbs: one.verbs ?? [],
        categories: one.categories ?? [],
      })),
    ),
  );
}

/** Undefined when there is no copy, it is old, or it cannot be read. */
function readKept(path: string): readonly ServedResource[] | undefined {
  try {
    const { mtimeMs, size } = statSync(path);
    const ageMs = Date.now() - mtimeMs;
    if (ageMs < 0 || ageMs > MAX_AGE_MS || size > MAX_BYTES) return undefined;
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(value) ? (value as ServedResource[]) : undefined;
  } catch {
    return undefined;
  }
}

/** A copy that cannot be kept is no reason to fail. */
function keep(path: string, resources: readonly ServedResource[]): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, JSON.stringify(resources), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // Read-only or full: asked again the next time.
  }
}
