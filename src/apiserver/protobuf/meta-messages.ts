import type { Field, FieldType, Message } from "./message.ts";

/** Fields of one type, by number. */
export function fields(type: FieldType, numbers: Readonly<Record<string, number>>): Field[] {
  return Object.entries(numbers).map(([name, number]) => ({ name, number, type }));
}

export function repeated(name: string, number: number, type: FieldType): Field {
  return { name, number, type, isRepeated: true };
}

const ownerReference: Message = [
  ...fields("text", { kind: 1, name: 3, uid: 4, apiVersion: 5 }),
  ...fields("bool", { controller: 6, blockOwnerDeletion: 7 }),
];

/**
 * `managedFields` is left out: what a client sends there is its copy of what the server keeps.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/generated.proto
 */
const objectMeta: Message = [
  ...fields("text", {
    name: 1,
    generateName: 2,
    namespace: 3,
    selfLink: 4,
    uid: 5,
    resourceVersion: 6,
  }),
  ...fields("count", { generation: 7 }),
  ...fields("int", { deletionGracePeriodSeconds: 10 }),
  ...fields("time", { creationTimestamp: 8, deletionTimestamp: 9 }),
  ...fields({ map: "text" }, { labels: 11, annotations: 12 }),
  repeated("ownerReferences", 13, { message: () => ownerReference }),
  repeated("finalizers", 14, "text"),
];

export const metadata: Field = {
  number: 1,
  name: "metadata",
  type: { message: () => objectMeta },
};

export const deleteOptions: Message = [
  ...fields("int", { gracePeriodSeconds: 1 }),
  ...fields(
    { message: () => fields("pointer", { uid: 1, resourceVersion: 2 }) },
    { preconditions: 2 },
  ),
  ...fields("bool", { orphanDependents: 3 }),
  ...fields("pointer", { propagationPolicy: 4 }),
  repeated("dryRun", 5, "text"),
];
