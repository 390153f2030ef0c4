import { resolve } from "node:path";
import { admit } from "../api/admission.ts";
import { allDefinitions } from "../api/definitions.ts";
import type { InputObject } from "../api/meta.ts";
import { pluginDefinition } from "../api/plugin-definition.ts";
import { toKey } from "../api/key.ts";
import { apiVersionOf } from "../api/resource-definition.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { SourceController, type SourceStatus } from "../reconcile/source-controller.ts";
import { DirectorySource } from "../sources/directory-source.ts";
import { createParser } from "../sources/parse-file.ts";
import { refOfPlugin } from "../store/plugin-store.ts";
import { isStatusOnly } from "../store/plugin-changes.ts";
import { createSourceStore } from "../store/source-store.ts";
import type { Store } from "../store/store.ts";

export interface Sources {
  status(): readonly SourceStatus[];
  close(): Promise<void>;
}

/** Changes that come together are answered by one pass. */
const RESYNC_DELAY_MS = 100;

export function startSources(options: {
  readonly manifests: readonly string[];
  readonly allowDelete: number | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): Sources {
  const { clock, logger, allowDelete, store } = options;
  const controller = new SourceController({
    store: createSourceStore(store),
    clock,
    logger,
    allowDelete,
    toStored: admitted,
  });
  const directories = [...new Set(options.manifests.map((directory) => resolve(directory)))];
  const parse = createParser(allDefinitions);
  const sources = directories.map(
    (directory) =>
      new DirectorySource({
        directory,
        clock,
        logger,
        parse,
        onSnapshot: (snapshot) => controller.submit(snapshot),
      }),
  );
  // Not awaited: a directory of many files must not keep the API from answering.
  const started = Promise.all(sources.map((source) => source.start()));
  started.catch((thrown: unknown) => {
    logger.error({ error: PortunixError.from(thrown).message }, "a source could not be started");
  });
  const unwatch = watchOwned(store, clock, () => controller.resync());
  return {
    status: () => controller.status(),
    close: async () => {
      unwatch();
      await Promise.all(sources.map((source) => source.close()));
      await controller.close();
    },
  };
}

/** Calls `onChange` shortly after somebody has changed or deleted what a source owns. @returns Ends the watch. */
function watchOwned(store: Store, clock: Clock, onChange: () => void): () => void {
  let timer: Timer | undefined;
  const from = store.resourceVersion();
  const subscription = store.watch(pluginDefinition, undefined, from, (event) => {
    const { namespace = "", name } = event.object.metadata;
    const isOwned = store.inventory.ownerOf(refOfPlugin(toKey(namespace, name))) !== undefined;
    if (!isOwned || isStatusOnly(event) || timer !== undefined) return;
    timer = clock.after(RESYNC_DELAY_MS, () => {
      timer = undefined;
      onChange();
    });
  });
  return () => {
    timer?.cancel();
    subscription.close();
  };
}

function admitted(object: InputObject): InputObject {
  const definition = allDefinitions.find(
    (candidate) => candidate.kind === object.kind && apiVersionOf(candidate) === object.apiVersion,
  );
  if (definition === undefined) {
    throw new PortunixError("BadRequest", `no kind ${object.kind} in ${object.apiVersion}`);
  }
  return admit(definition, object);
}
