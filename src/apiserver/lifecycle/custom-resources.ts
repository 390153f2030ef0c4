import { admit } from "../../api/admission.ts";
import { crdStatus, nameConflict } from "../../api/crd/crd-conditions.ts";
import { crdDefinition } from "../../api/crd/crd-definition.ts";
import { crdFromDefinition } from "../../api/crd/crd-from-definition.ts";
import type { CustomResourceDefinition } from "../../api/crd/custom-resource-definition.ts";
import { CRD_FINALIZER } from "../../api/crd/custom-resource-definition.ts";
import { definitionFromCrd } from "../../api/crd/definition-from-crd.ts";
import type { StoredObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { ALL_VERBS, qualifiedName } from "../../api/resource-definition.ts";
import type { Clock } from "../../base/clock.ts";
import type { DefinitionRegistry } from "../definition-registry.ts";
import type { ObjectStore, StoreEvent, Subscription } from "../ports.ts";
import { ContentCleanup } from "./content-cleanup.ts";
import type { LifecycleOptions } from "./namespaces.ts";

/**
 * Serves the kinds that clients define, from the moment their CustomResourceDefinition is stored
 * until the last of their objects has gone; and shows our own kinds as such definitions.
 */
export function startCustomResources(
  options: LifecycleOptions & { readonly clock: Clock },
): Subscription {
  return new CustomResources(options).start();
}

/** As it was when the registry learnt of it. */
interface Known {
  readonly uid: string;
  readonly generation: number;
  readonly isEnding: boolean;
}

class CustomResources {
  readonly #store: ObjectStore;
  readonly #registry: DefinitionRegistry;
  readonly #clock: Clock;
  readonly #cleanup: ContentCleanup;
  readonly #known = new Map<string, Known>();
  readonly #ownNames: ReadonlySet<string>;

  constructor({ store, registry, clock }: LifecycleOptions & { readonly clock: Clock }) {
    this.#store = store;
    this.#registry = registry;
    this.#clock = clock;
    this.#cleanup = new ContentCleanup(store);
    this.#ownNames = new Set(ownKinds(registry).map(qualifiedName));
  }

  start(): Subscription {
    for (const definition of ownKinds(this.#registry)) this.#describe(definition);
    const { items, resourceVersion } = this.#store.list(crdDefinition, undefined);
    for (const { metadata } of items) this.#sync(metadata.name);
    const watch = this.#store.watch(crdDefinition, undefined, resourceVersion, (event) =>
      this.#onEvent(event),
    );
    return {
      close: () => {
        watch.close();
        this.#cleanup.close();
      },
    };
  }

  #onEvent({ type, object }: StoreEvent): void {
    this.#sync(object.metadata.name);
    if (type !== "DELETED") return;
    // Its names are free for one that was refused.
    for (const { metadata } of this.#store.list(crdDefinition, undefined).items)
      this.#sync(metadata.name);
  }

  #sync(name: string): void {
    const crd = this.#get(name);
    if (crd === undefined) return this.#forget(name);
    const isOwn = this.#ownNames.has(name);
    const conflict = isOwn ? undefined : nameConflict(crd, this.#registry.others(name));
    if (!isOwn && conflict === undefined) this.#serve(crd);
    const now = new Date(this.#clock.nowMs()).toISOString().replace(/\.\d+Z$/, "Z");
    const status = crdStatus(crd, conflict, now);
    const current = this.#store.update(crdDefinition, { ...crd, status }, STATUS);
    if (!isOwn && crd.metadata.deletionTimestamp !== undefined) this.#end(current);
  }

  #get(name: string): CustomResourceDefinition | undefined {
    return this.#store.get(crdDefinition, "", name) as CustomResourceDefinition | undefined;
  }

  #forget(name: string): void {
    this.#known.delete(name);
    this.#registry.delete(name);
    this.#cleanup.stop(name);
  }

  #serve(crd: CustomResourceDefinition): void {
    const { name, uid, generation, deletionTimestamp } = crd.metadata;
    const isEnding = deletionTimestamp !== undefined;
    const known = this.#known.get(name);
    // A definition is only made anew when it has changed, since validators hang on it.
    if (known?.uid === uid && known.generation === generation && known.isEnding === isEnding)
      return;
    this.#known.set(name, { uid, generation, isEnding });
    const definition = definitionFromCrd(crd.spec);
    if (definition === undefined) this.#registry.delete(name);
    else this.#registry.set(name, isEnding ? withoutCreate(definition) : definition);
  }

  #end(crd: StoredObject): void {
    const { name, finalizers = [] } = crd.metadata;
    const definition = this.#registry.custom(name);
    const definitions = definition === undefined ? [] : [definition];
    const again = (): void => this.#sync(name);
    if (!this.#cleanup.empty(name, { definitions, namespace: undefined }, again)) return;
    const left = finalizers.filter((finalizer) => finalizer !== CRD_FINALIZER);
    if (left.length === finalizers.length) return;
    this.#store.update(crdDefinition, { ...crd, metadata: { ...crd.metadata, finalizers: left } });
  }

  /** Writes the definition of a kind of ours, so that it can be read as on any cluster. */
  #describe(definition: ResourceDefinition): void {
    const crd = admit(crdDefinition, crdFromDefinition(definition));
    const present = this.#get(crd.metadata.name);
    if (present === undefined) this.#store.create(crdDefinition, crd);
    else {
      const { labels, finalizers } = present.metadata;
      const annotations = { ...present.metadata.annotations, ...crd.metadata.annotations };
      const metadata = {
        ...crd.metadata,
        annotations,
        ...(labels === undefined ? {} : { labels }),
        ...(finalizers === undefined ? {} : { finalizers }),
      };
      this.#store.update(crdDefinition, { ...crd, metadata });
    }
  }
}

const STATUS = { subresource: "status" } as const;

function ownKinds({ builtIn }: DefinitionRegistry): ResourceDefinition[] {
  return builtIn.filter(({ isCustomResource }) => isCustomResource === true);
}

function withoutCreate(definition: ResourceDefinition): ResourceDefinition {
  return { ...definition, verbs: ALL_VERBS.filter((verb) => verb !== "create") };
}
