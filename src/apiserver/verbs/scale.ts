import { memberNames, parseJsonPath } from "../../api/json-path.ts";
import type { InputObject, StoredObject } from "../../api/meta.ts";
import type { ResourceDefinition, ScalePaths } from "../../api/resource-definition.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiContext } from "../api-context.ts";
import { contentTypeOf, readBody, unsupportedMediaType } from "../body.ts";
import { isJsonObject, parseCheckedJson } from "../checked-json.ts";
import { managerOf, refuseForce } from "../field-manager/manager-name.ts";
import type { IncomingObject } from "../incoming-object.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { applyJsonPatch } from "../json-patch.ts";
import { applyMergePatch } from "../merge-patch.ts";
import { isDryRun } from "../query.ts";
import { readObject } from "../read-object.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { sendJson } from "../send.ts";
import { methodNotAllowed } from "../status-error.ts";
import { writeObject } from "../write-object.ts";
import { findObject } from "./get.ts";

/** An object as autoscaling/v1 shows it: how many replicas are wanted, and how many there are. */
interface Scale {
  readonly kind: "Scale";
  readonly apiVersion: "autoscaling/v1";
  readonly metadata: object;
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

const PATCHES: ReadonlyMap<string, (target: unknown, patch: unknown) => unknown> = new Map([
  ["application/json-patch+json", applyJsonPatch],
  ["application/merge-patch+json", applyMergePatch],
]);

/** GET, PUT and PATCH of the scale subresource, of a kind whose definition says where its numbers are. */
export async function scale(
  request: ObjectRequest,
  context: ApiContext,
  paths: ScalePaths,
): Promise<void> {
  const { method } = request.request;
  if (method === "GET" || method === "HEAD")
    return sendJson(request.response, 200, toScale(findObject(request, context), paths));
  if (method !== "PUT" && method !== "PATCH") throw methodNotAllowed();
  const change = method === "PUT" ? await readScale(request) : await readPatch(request);
  const live = findObject(request, context);
  const wanted = toIncomingObject(change(toScale(live, paths)), {
    ...request,
    definition: scaleKind(request.definition),
  });
  const incoming = withReplicas(live, wanted, paths);
  const dryRun = isDryRun(request.query);
  const manager = managerOf(request.query, request.request);
  const stored = writeObject(request, context, { incoming, live, dryRun, manager });
  sendJson(request.response, 200, toScale(stored, paths));
}

/** What becomes of the Scale that is there now. */
type Change = (current: Scale) => unknown;

async function readScale({ request }: ObjectRequest): Promise<Change> {
  const body = await readObject(request);
  return () => body;
}

async function readPatch({ request, query }: ObjectRequest): Promise<Change> {
  const apply = PATCHES.get(contentTypeOf(request));
  if (apply === undefined) throw unsupportedMediaType([...PATCHES.keys()]);
  refuseForce(query);
  const body = parseCheckedJson(await readBody(request));
  return (current) => apply(current, body);
}

/** As much of a kind as the checks of a body look at. */
function scaleKind(definition: ResourceDefinition): ResourceDefinition {
  return { ...definition, group: "autoscaling", version: "v1", kind: "Scale" };
}

function toScale(object: StoredObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, paths.specReplicasPath);
  const observed = valueAt(object, paths.statusReplicasPath);
  const selector =
    paths.labelSelectorPath === undefined
      ? paths.selector?.(object)
      : valueAt(object, paths.labelSelectorPath);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: typeof replicas === "number" ? { replicas } : {},
    status: {
      replicas: typeof observed === "number" ? observed : 0,
      ...(typeof selector === "string" ? { selector } : {}),
    },
  };
}

/** The object with the replicas of a Scale, and nothing else of it. */
function withReplicas(
  live: StoredObject,
  { object: wanted, preconditions }: IncomingObject,
  { specReplicasPath }: ScalePaths,
): IncomingObject {
  const replicas = replicasOf(wanted);
  const { uid: _, resourceVersion: _version, ...metadata } = live.metadata;
  const path = memberNames(specReplicasPath) ?? [];
  const object = withMember({ ...live, metadata }, path, replicas) as InputObject;
  return { object, preconditions };
}

/** Throws ManifestInvalid unless it is a whole number from 0. */
function replicasOf({ metadata, spec }: InputObject): number {
  const field = "spec.replicas";
  const value = isJsonObject(spec) ? (spec["replicas"] ?? 0) : 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  const message = `Invalid value: ${JSON.stringify(value)}: should be a non-negative integer`;
  throw new PortunixError(
    "ManifestInvalid",
    `Scale.autoscaling "${metadata.name}" is invalid: ${field}: ${message}`,
    { causes: [{ field, reason: "FieldValueInvalid", message }] },
  );
}

function withMember(value: unknown, path: readonly string[], member: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return member;
  const members = isJsonObject(value) ? value : {};
  return { ...members, [name]: withMember(members[name], rest, member) };
}

function valueAt(object: StoredObject, path: string): unknown {
  return parseJsonPath(path)?.(object)[0];
}
