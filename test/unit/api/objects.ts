import type { InputObject } from "../../../src/api/meta.ts";

/** A Plugin that is valid as it stands, with what a case changes in its spec and metadata. */
export function pluginInput(spec: object = {}, metadata: object = {}): InputObject {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name: "monitor", ...metadata },
    spec: { source: { path: "/plugins/monitor" }, ...spec },
  };
}

/** An object of the core group. */
export function coreInput(kind: string, rest: object = {}): InputObject {
  return { apiVersion: "v1", kind, metadata: { name: "sample" }, ...rest };
}
