import type { Condition } from "../condition.ts";
import type { StoredObject } from "../meta.ts";

/** @see https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
export interface CustomResourceDefinition extends StoredObject {
  readonly spec: CrdSpec;
  readonly status?: CrdStatus;
}

export interface CrdSpec {
  readonly group: string;
  readonly names: CrdNames;
  readonly scope: "Namespaced" | "Cluster";
  readonly versions: readonly CrdVersion[];
  readonly conversion?: { readonly strategy: string };
}

export interface CrdNames {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: unknown };
  readonly subresources?: { readonly status?: object; readonly scale?: CrdScale };
  readonly additionalPrinterColumns?: readonly CrdColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface CrdScale {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface CrdColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export interface CrdStatus {
  readonly conditions: readonly Omit<Condition, "observedGeneration">[];
  readonly acceptedNames: CrdNames;
  readonly storedVersions: readonly string[];
}

/** Holds a definition until the last object of its kind is gone. */
export const CRD_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** The version that is stored; also the one that is served here. */
export function storageVersionOf({ versions }: CrdSpec): CrdVersion | undefined {
  return versions.find(({ storage }) => storage);
}
