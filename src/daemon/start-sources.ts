import { dirname, resolve } from "node:path";
import { admit } from "../api/admission.ts";
import { allDefinitions } from "../api/definitions.ts";
import { checkManifests } from "../api/manifest/check.ts";
import { parseManifests } from "../api/manifest/parse.ts";
import { withAbsoluteSource } from "../api/manifest/source-path.ts";
import type { InputObject } from "../api/meta.ts";
import { apiVersionOf } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { SourceController, type SourceStatus } from "../reconcile/source-controller.ts";
import { DirectorySource } from "../sources/directory-source.ts";
import type { ParsedFile } from "../sources/manifest-cache.ts";
import { createSourceStore } from "../store/source-store.ts";
import type { Store } from "../store/store.ts";

export interface Sources {
  status(): readonly SourceStatus[];
  close(): Promise<void>;
}

export async function startSources(options: {
  readonly manifests: readonly string[];
  readonly allowDelete: number | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Sources> {
  const { clock, logger, allowDelete, store } = options;
  const controller = new SourceController({
    store: createSourceStore(store),
    clock,
    logger,
    allowDelete,
    toStored: admitted,
  });
  const directories = [...new Set(options.manifests.map((directory) => resolve(directory)))];
  const sources = directories.map(
    (directory) =>
      new DirectorySource({
        directory,
        clock,
        logger,
        parse: parseFile,
        onSnapshot: (snapshot) => controller.submit(snapshot),
      }),
  );
  await Promise.all(sources.map((source) => source.start()));
  return {
    status: () => controller.status(),
    close: async () => {
      await Promise.all(sources.map((source) => source.close()));
      await controller.close();
    },
  };
}

/** One file's good documents, their paths absolute, and what is wrong with the others. */
function parseFile(text: Uint8Array, file: string): ParsedFile {
  const parsed = parseManifests(text, file);
  const problems = [...parsed.problems, ...checkManifests([parsed], allDefinitions)];
  const directory = dirname(file);
  return {
    documents: parsed.documents.map(({ ref, object, line }) => ({
      ref,
      object: withAbsoluteSource(object, (path) => resolve(directory, path)),
      file,
      line,
    })),
    problems: problems.map(({ ref, line, column, path, message }) => ({
      ref,
      file,
      line,
      column,
      message: path === "" ? message : `${path}: ${message}`,
    })),
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
