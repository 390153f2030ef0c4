import { createHash } from "node:crypto";
import { admit } from "../api/admission.ts";
import {
  type ControllerRevision,
  controllerRevisionDefinition,
} from "../api/controller-revision-definition.ts";
import { apiVersionOf } from "../api/resource-definition.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";
import type { Plugin } from "../api/plugin.ts";
import { pluginDefinition } from "../api/plugin-definition.ts";
import { ownedBy, PLUGIN_LABEL } from "../api/views/plugin-replicas.ts";
import type { ObjectStore, Subscription } from "../apiserver/ports.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";

/** kubectl's `revisionHistoryLimit` by default. */
const KEPT = 10;
/** Where kubectl reads the CHANGE-CAUSE of a history. */
const CHANGE_CAUSE = "kubernetes.io/change-cause";

export interface KeepRevisionsOptions {
  /** Of stored objects, without views over them. */
  readonly store: ObjectStore;
  readonly logger: Logger;
}

/**
 * Keeps the last specs of each Plugin as ControllerRevisions, and lets them go with it. It looks at
 * all of them when it starts, so that what was missed while no daemon ran costs no more than
 * intermediate specs. A revision that cannot be written is one step less of undo, and stops nothing.
 */
export function keepRevisions({ store, logger }: KeepRevisionsOptions): Subscription {
  const histories = readHistories(store);
  const sync = (plugin: Plugin, isGone: boolean): void => {
    try {
      const key = keyOf(plugin);
      const before = histories.get(key) ?? [];
      const after = isGone ? dropAll(store, before) : record(store, plugin, before);
      if (after.length === 0) histories.delete(key);
      else histories.set(key, after);
    } catch (thrown) {
      const { name, namespace } = plugin.metadata;
      logger.warn({ plugin: name, namespace, err: thrown }, "revision not kept");
    }
  };
  const { items, resourceVersion } = store.list(pluginDefinition, undefined);
  const living = new Set(items.map(keyOf));
  for (const [key, revisions] of histories) if (!living.has(key)) dropAll(store, revisions);
  for (const item of items) sync(item as Plugin, false);
  return store.watch(pluginDefinition, undefined, resourceVersion, ({ type, object, previous }) => {
    // Status is written far more often than a spec.
    const isSame = previous?.metadata.generation === object.metadata.generation;
    if (type === "DELETED" || !isSame) sync(object as Plugin, type === "DELETED");
  });
}

/** What of a spec makes a revision: not how many of it run, or whether, as with a Deployment. */
function revisionedSpec(plugin: Plugin): Readonly<Record<string, unknown>> {
  const { replicas: _, desiredState: __, suspend: ___, ...spec } = plugin.spec;
  return spec;
}

/** Sorted by their number. */
type History = readonly ControllerRevision[];

function readHistories(store: ObjectStore): Map<string, History> {
  const histories = new Map<string, ControllerRevision[]>();
  for (const item of store.list(controllerRevisionDefinition, undefined).items) {
    const { namespace = "", labels = {} } = item.metadata;
    const key = `${namespace}/${labels[PLUGIN_LABEL] ?? ""}`;
    const revision = item as ControllerRevision;
    histories.set(key, [...(histories.get(key) ?? []), revision].toSorted(byNumber));
  }
  return histories;
}

function record(store: ObjectStore, plugin: Plugin, known: History): History {
  const strangers = known.filter((revision) => !isOf(revision, plugin));
  dropAll(store, strangers);
  const history = known.filter((revision) => isOf(revision, plugin));
  const spec = revisionedSpec(plugin);
  const text = canonicalJson(spec);
  const isThis = (revision: ControllerRevision) => canonicalJson(revision.data.spec) === text;
  const newest = history.at(-1);
  if (newest !== undefined && isThis(newest)) return history;
  const number = (newest?.revision ?? 0) + 1;
  // A spec that comes back, as by undo, is its old revision with a new number, as on a cluster.
  const old = history.find(isThis);
  const written =
    old === undefined
      ? store.create(controllerRevisionDefinition, newRevision(plugin, { spec, number, text }))
      : store.update(controllerRevisionDefinition, { ...old, revision: number } as InputObject);
  const rest = history.filter((revision) => revision !== old);
  const kept = [...rest, written as ControllerRevision].slice(-KEPT);
  dropAll(
    store,
    rest.filter((revision) => !kept.includes(revision)),
  );
  return kept;
}

interface NewRevision {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly number: number;
  readonly text: string;
}

function newRevision(plugin: Plugin, { spec, number, text }: NewRevision): InputObject {
  const { name, namespace = "", uid, annotations } = plugin.metadata;
  const cause = annotations?.[CHANGE_CAUSE];
  const hash = createHash("sha256").update(`${uid} ${text}`).digest("hex").slice(0, 10);
  const object = {
    apiVersion: apiVersionOf(controllerRevisionDefinition),
    kind: controllerRevisionDefinition.kind,
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { [PLUGIN_LABEL]: name },
      ...(cause === undefined ? {} : { annotations: { [CHANGE_CAUSE]: cause } }),
      ownerReferences: ownedBy(plugin),
    },
    data: { spec },
    revision: number,
  };
  return admit(controllerRevisionDefinition, object);
}

function dropAll(store: ObjectStore, revisions: History): History {
  for (const { metadata } of revisions) {
    try {
      store.delete(controllerRevisionDefinition, metadata.namespace ?? "", metadata.name);
    } catch (thrown) {
      // The end of a namespace takes them along.
      if (!(thrown instanceof PortunixError && thrown.code === "NotFound")) throw thrown;
    }
  }
  return [];
}

function isOf({ metadata }: ControllerRevision, plugin: Plugin): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === plugin.metadata.uid) === true;
}

function keyOf({ metadata: { namespace = "", name } }: StoredObject): string {
  return `${namespace}/${name}`;
}

function byNumber(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision;
}
