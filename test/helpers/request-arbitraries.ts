import * as fc from "fast-check";

export const PLUGINS = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";
export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const JSON_TYPE = "application/json";

/** One request, whole: what a client may send, and what none would. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly query: string;
  readonly body: string | Buffer | undefined;
  readonly type: string;
  readonly accept: string;
}

/** Requests that are nearly right reach further than random ones. */
const segment = fc.oneof(
  fc.constantFrom(
    "",
    ...words`api apis v1 portunix.ai v1alpha1 namespaces default plugins configmaps a status scale
      log openapi v2 v3 metrics.k8s.io .. __proto__ constructor toString %2e%2e % %00`,
  ),
  fc.webSegment(),
);
const known = fc.constantFrom(
  ...words`${PLUGINS} ${PLUGINS}/a ${PLUGINS}/a/status ${PLUGINS}/a/scale
    ${CONFIG_MAPS} ${CONFIG_MAPS}/a ${CRDS} ${CRDS}/plugins.portunix.ai
    /api/v1/namespaces /api/v1/namespaces/n /api/v1/namespaces/default/secrets/a
    /api/v1/namespaces/default/pods /api/v1/namespaces/default/pods/a-0
    /api/v1/namespaces/default/pods/a-0/log /api/v1/namespaces/default/events
    /apis/apps/v1/namespaces/default/deployments/a /apis/apps/v1/deployments
    /apis/metrics.k8s.io/v1beta1/pods /apis/coordination.k8s.io/v1/leases
    /apis/authorization.k8s.io/v1/selfsubjectaccessreviews
    /apis/authentication.k8s.io/v1/selfsubjectreviews
    /openapi/v2 /openapi/v3 /openapi/v3/apis/portunix.ai/v1alpha1 /version /apis`,
);
const target = fc.oneof(
  { weight: 4, arbitrary: known },
  {
    weight: 1,
    arbitrary: fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join("/")}`),
  },
  { weight: 1, arbitrary: fc.webUrl().map((url) => url.replace(/^https?:\/\/[^/]*/, "/")) },
);
const parameter = fc.tuple(
  fc.constantFrom(
    ...words`labelSelector fieldSelector resourceVersion limit continue dryRun propagationPolicy
      includeObject timeoutSeconds sendInitialEvents force resourceVersionMatch fieldManager
      fieldValidation tailLines sinceSeconds`,
  ),
  fc.oneof(
    fc.constantFrom(
      ...words`0 1 -1 All true a=b !a a>1 Exact ,, (( Strict Warn me metadata.name=a eyJ2IjoxfQ 1e99`,
      "",
      "a in (b,c",
    ),
    fc.string({ maxLength: 20 }),
  ),
);
// Never `watch` or `follow`: those end by their timeout alone, and have tests of their own.
const query = fc
  .oneof(fc.constant([]), fc.array(parameter, { maxLength: 4 }))
  .map((pairs) => new URLSearchParams(pairs).toString());

const plugin = {
  apiVersion: "portunix.ai/v1alpha1",
  kind: "Plugin",
  metadata: { name: "a" },
  spec: { source: { path: "/srv/a" }, desiredState: "Enabled" },
};
const configMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a" },
  data: { k: "v" },
};
const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};
const review = {
  apiVersion: "authorization.k8s.io/v1",
  kind: "SelfSubjectAccessReview",
  spec: { resourceAttributes: { verb: "get", resource: "plugins" } },
};
const sound = fc.constantFrom<object>(plugin, configMap, crd, review);
const operation = fc.record(
  {
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "_get", "constructor"),
    path: fc.constantFrom(
      "",
      ...words`/ /data /data/key /spec/x /metadata/labels /__proto__/x /constructor/prototype/x
        /metadata/finalizers/- /toString data /metadata/managedFields
        /metadata/managedFields/0/fieldsV1`,
    ),
    from: fc.constantFrom("", "/data", "/spec", "/nowhere", "/constructor"),
    value: fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: [] },
);

/** Sound bytes with one place of them made different. */
const broken = fc.tuple(sound, fc.nat(), fc.string({ maxLength: 3 })).map(([value, at, noise]) => {
  const text = JSON.stringify(value);
  const place = at % text.length;
  return text.slice(0, place) + noise + text.slice(place + 1);
});
/** A sound object with one field of it, however deep, made anything. */
const misshapen = fc
  .tuple(sound, fc.nat(), fc.jsonValue({ maxDepth: 3 }))
  .map(([value, at, other]) => JSON.stringify(withOther(value, at, other)));
const protobuf = fc
  .tuple(
    fc.constantFrom("v1", "authorization.k8s.io/v1", "apps/v1", ""),
    fc.constantFrom("Namespace", "Secret", "ConfigMap", "SelfSubjectAccessReview", "DeleteOptions"),
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // metadata {name}, and data {k: v}: near enough to what kubectl sends.
      fc.constant(bytes(1, bytes(1, Buffer.from("a")))),
      fc.constant(
        Buffer.concat([
          bytes(1, bytes(1, Buffer.from("b"))),
          bytes(2, bytes(1, Buffer.from("k")), bytes(2, Buffer.from("v"))),
        ]),
      ),
    ),
    fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { nil: undefined }),
  )
  .map(([apiVersion, kind, content, change]) => {
    const typeMeta = bytes(1, bytes(1, Buffer.from(apiVersion)), bytes(2, Buffer.from(kind)));
    const whole = Buffer.concat([Buffer.from("k8s\0", "latin1"), typeMeta, bytes(2, content)]);
    if (change !== undefined) whole[change[0] % whole.length] = change[1];
    return whole;
  });
const text = fc.oneof(
  { weight: 3, arbitrary: sound.map((value) => JSON.stringify(value)) },
  broken,
  { weight: 2, arbitrary: misshapen },
  fc.array(operation, { maxLength: 4 }).map((operations) => JSON.stringify(operations)),
  fc.json(),
  fc.string(),
  fc.constantFrom("a: &a [*a]", "a: b\n---\nc: d", "- ".repeat(200), "[".repeat(5000), "\u0000"),
);
const random: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
  target,
  query,
  body: fc.option(fc.oneof({ weight: 4, arbitrary: text }, protobuf), { nil: undefined }),
  type: fc.constantFrom(
    JSON_TYPE,
    JSON_TYPE,
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/yaml",
    PROTOBUF,
    "application/json; charset=utf-8",
    ";;;",
  ),
  accept: fc.constantFrom(
    JSON_TYPE,
    "*/*",
    `${PROTOBUF},${JSON_TYPE}`,
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=__proto__;v=v1;g=meta.k8s.io",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "text/html;q=x,;=,",
  ),
});

/** What a client does all day. */
const sensible = fc.constantFrom("a", "b", "c", "d", "e", "f").chain((name) => {
  const at = `${CONFIG_MAPS}/${name}`;
  const named = { ...configMap, metadata: { name } };
  const merge = "application/merge-patch+json";
  return fc.constantFrom(
    { method: "POST", target: CONFIG_MAPS, body: named, type: JSON_TYPE },
    { method: "PUT", target: at, body: { ...named, data: { x: "y" } }, type: JSON_TYPE },
    { method: "PATCH", target: at, body: { data: { x: null } }, type: merge },
    { method: "PATCH", target: `${PLUGINS}/a`, body: { spec: { replicas: 2 } }, type: merge },
    {
      method: "PATCH",
      target: `${at}?fieldManager=${name}&force=true`,
      body: { ...named, data: { [name]: "1" } },
      type: "application/apply-patch+yaml",
    },
    {
      method: "PATCH",
      target: `${PLUGINS}/a`,
      body: [{ op: "add", path: "/metadata/labels", value: { a: name } }],
      type: "application/json-patch+json",
    },
    { method: "PATCH", target: `${PLUGINS}/a/scale`, body: { spec: { replicas: 1 } }, type: merge },
    { method: "POST", target: CRDS, body: crd, type: JSON_TYPE },
    { method: "DELETE", target: at, body: { kind: "DeleteOptions" }, type: JSON_TYPE },
  );
});
/** A sensible request, often with one thing wrong. */
const mutated: fc.Arbitrary<FuzzRequest> = fc
  .tuple(
    sensible,
    random,
    fc.constantFrom(undefined, undefined, "method", "target", "body", "type", "accept", "query"),
  )
  .map(([one, other, field]) => ({
    ...one,
    body: JSON.stringify(one.body),
    accept: JSON_TYPE,
    query: "",
    ...(field === undefined ? {} : { [field]: other[field] }),
  }));

export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(mutated, random);

/** The words of a template, whatever spaces and lines part them. */
function words(template: TemplateStringsArray, ...values: readonly string[]): readonly string[] {
  return String.raw(template, ...values)
    .trim()
    .split(/\s+/);
}

/** Puts `other` in the place of the value that is counted `at`, by depth first. */
function withOther(value: unknown, at: number, other: unknown): unknown {
  const places = countOf(value);
  let left = at % places;
  const visit = (one: unknown): unknown => {
    if (left-- === 0) return other;
    if (Array.isArray(one)) return one.map(visit);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countOf(inner), 1);
}

/** A field of protobuf that has bytes of fewer than 128. */
function bytes(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length & 0x7f]), content]);
}
