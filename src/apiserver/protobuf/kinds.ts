import type { Message } from "./message.ts";
import { deleteOptions, fields, metadata, repeated } from "./meta-messages.ts";

/**
 * The kinds that clients send as protobuf, by group and kind; a group's versions share one form.
 *
 * @param apiVersion - As the envelope has it. @returns undefined for any other kind.
 * @see https://github.com/kubernetes/api the generated.proto of each group
 */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  // Sent with the version of whatever is to be deleted.
  if (kind === "DeleteOptions") return deleteOptions;
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return KINDS.get(`${group}/${kind}`);
}

const namespaceSpec: Message = [repeated("finalizers", 1, "text")];
const namespaceStatus: Message = fields("text", { phase: 1 });

const namespace: Message = [
  metadata,
  { number: 2, name: "spec", type: { message: () => namespaceSpec } },
  { number: 3, name: "status", type: { message: () => namespaceStatus } },
];

const secret: Message = [
  metadata,
  ...fields({ map: "base64" }, { data: 2 }),
  ...fields("text", { type: 3 }),
  ...fields({ map: "text" }, { stringData: 4 }),
  ...fields("bool", { immutable: 5 }),
];

const configMap: Message = [
  metadata,
  ...fields({ map: "text" }, { data: 2 }),
  ...fields({ map: "base64" }, { binaryData: 3 }),
  ...fields("bool", { immutable: 4 }),
];

const objectReference: Message = fields("text", {
  kind: 1,
  namespace: 2,
  name: 3,
  uid: 4,
  apiVersion: 5,
  resourceVersion: 6,
  fieldPath: 7,
});

const eventSeries: Message = [
  ...fields("count", { count: 1 }),
  ...fields("microTime", { lastObservedTime: 2 }),
];

const event: Message = [
  metadata,
  ...fields({ message: () => objectReference }, { involvedObject: 2, related: 13 }),
  ...fields("text", {
    reason: 3,
    message: 4,
    type: 9,
    action: 12,
    reportingComponent: 14,
    reportingInstance: 15,
  }),
  ...fields({ message: () => fields("text", { component: 1, host: 2 }) }, { source: 5 }),
  ...fields("time", { firstTimestamp: 6, lastTimestamp: 7 }),
  ...fields("count", { count: 8 }),
  ...fields("microTime", { eventTime: 10 }),
  ...fields({ message: () => eventSeries }, { series: 11 }),
];

const leaseSpec: Message = [
  ...fields("pointer", { holderIdentity: 1, strategy: 6, preferredHolder: 7 }),
  ...fields("int", { leaseDurationSeconds: 2, leaseTransitions: 5 }),
  ...fields("microTime", { acquireTime: 3, renewTime: 4 }),
];

const resourceAttributes: Message = fields("text", {
  namespace: 1,
  verb: 2,
  group: 3,
  version: 4,
  resource: 5,
  subresource: 6,
  name: 7,
});

const selfReviewSpec: Message = [
  ...fields({ message: () => resourceAttributes }, { resourceAttributes: 1 }),
  ...fields({ message: () => fields("text", { path: 1, verb: 2 }) }, { nonResourceAttributes: 2 }),
];

const reviewSpec: Message = [
  ...selfReviewSpec,
  ...fields("text", { user: 3, uid: 6 }),
  repeated("groups", 4, "text"),
];

const KINDS: ReadonlyMap<string, Message> = new Map([
  ["/Namespace", namespace],
  ["/Secret", secret],
  ["/ConfigMap", configMap],
  ["/Event", event],
  ["coordination.k8s.io/Lease", withSpec(leaseSpec)],
  ["authentication.k8s.io/SelfSubjectReview", [metadata]],
  ["authorization.k8s.io/SelfSubjectAccessReview", withSpec(selfReviewSpec)],
  ["authorization.k8s.io/SubjectAccessReview", withSpec(reviewSpec)],
  ["authorization.k8s.io/SelfSubjectRulesReview", withSpec(fields("text", { namespace: 1 }))],
]);

function withSpec(spec: Message): Message {
  return [metadata, ...fields({ message: () => spec }, { spec: 2 })];
}
