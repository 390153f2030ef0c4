import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, WriteOptions } from "../../client/api-client.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";
import { faultLines } from "./fault-lines.ts";
import { ManifestFaults } from "../manifests/load-manifests.ts";
import type { Change } from "./plan-apply.ts";

const PARALLEL_REQUESTS = 8;

/**
 * Lets the daemon check every change, without making any. Throws one error with all that it found,
 * each at its place in the manifests.
 */
export async function checkChanges(client: ApiClient, changes: readonly Change[]): Promise<void> {
  const newNamespaces = new Set(
    changes
      .filter(({ type, local }) => type === "create" && local.resource.kind === "Namespace")
      .map(({ local }) => local.name),
  );
  // A namespace that comes with this very apply is not there yet for a dry run.
  const checkable = changes.filter(({ local }) => !newNamespaces.has(local.namespace));
  const found = await mapParallel(checkable, async (change) => {
    try {
      await send(client, change, { dryRun: true });
      return [];
    } catch (thrown) {
      if (!isFaultOfManifest(thrown)) throw thrown;
      return [
        ...(await faultLines(change.local, thrown)),
        ...(await moreFaults(client, change, thrown)),
      ];
    }
  });
  const lines = found.flat();
  if (lines.length > 0) throw new ManifestFaults(lines, "nothing was applied");
}

/** As Kubernetes does, the daemon stops at unknown fields: what else is wrong it tells when these are passed over. */
async function moreFaults(
  client: ApiClient,
  change: Change,
  { code }: PortunixError,
): Promise<readonly string[]> {
  if (code !== "BadRequest") return [];
  try {
    await send(client, change, { dryRun: true, fieldValidation: "Ignore" });
    return [];
  } catch (thrown) {
    if (!isFaultOfManifest(thrown)) throw thrown;
    return faultLines(change.local, thrown);
  }
}

/** Makes the changes, in order, namespaces first. */
export async function makeChanges(
  client: ApiClient,
  changes: readonly Change[],
  onDone: (change: Change, object: StoredObject) => void,
): Promise<void> {
  for (const change of namespacesFirst(changes)) {
    try {
      onDone(change, await send(client, change, {}));
    } catch (thrown) {
      throw isFaultOfManifest(thrown)
        ? new ManifestFaults(
            await faultLines(change.local, thrown),
            "what was printed above is applied",
          )
        : thrown;
    }
  }
}

export function namespacesFirst<T extends { readonly local: LocalObject }>(changes: readonly T[]) {
  const rank = ({ local }: T) => (local.resource.kind === "Namespace" ? 0 : 1);
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

/** The object as it would be, or is, after the change. */
export function send(
  client: ApiClient,
  change: Change,
  options: WriteOptions,
): Promise<StoredObject> {
  if (change.type === "none") return Promise.resolve(change.live);
  if (change.type === "create") return client.create(change.local, change.body, options);
  return client.patch(change.local, change.patch, options);
}

function isFaultOfManifest(thrown: unknown): thrown is PortunixError {
  return (
    thrown instanceof PortunixError &&
    (thrown.code === "ManifestInvalid" || thrown.code === "BadRequest")
  );
}

async function mapParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, worker));
  return results;
}
