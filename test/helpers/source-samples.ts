import type { InputObject, ObjectRef } from "../../src/api/meta.ts";
import { PLUGIN_API_VERSION, PLUGIN_KIND } from "../../src/api/plugin.ts";
import type { SourceDocument, SourceSnapshot } from "../../src/api/source-snapshot.ts";

export const SOURCE_ID = "directory:/m";

export function pluginRef(name: string): ObjectRef {
  return { apiVersion: PLUGIN_API_VERSION, kind: PLUGIN_KIND, namespace: "default", name };
}

export function pluginObject(
  name: string,
  parts: {
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, string>>;
  } = {},
): InputObject {
  const { annotations, spec = {} } = parts;
  return {
    apiVersion: PLUGIN_API_VERSION,
    kind: PLUGIN_KIND,
    metadata: { name, namespace: "default", ...(annotations === undefined ? {} : { annotations }) },
    spec: { source: { path: `/p/${name}` }, ...spec },
  };
}

/** A document of `/m/<name>.yaml`, unless the file is given. */
export function documentOf(object: InputObject, file?: string, line = 1): SourceDocument {
  const { name } = object.metadata;
  return { ref: pluginRef(name), object, file: file ?? `/m/${name}.yaml`, line };
}

export function snapshotOf(
  documents: readonly SourceDocument[],
  rest: Partial<SourceSnapshot> = {},
): SourceSnapshot {
  return {
    sourceId: SOURCE_ID,
    complete: true,
    reason: "",
    files: documents.length,
    documents,
    problems: [],
    ...rest,
  };
}
