import type { ResourceDefinition, Verb } from "../../api/resource-definition.ts";
import { ALL_VERBS } from "../../api/resource-definition.ts";
import {
  componentName,
  DELETE_OPTIONS,
  kindExtension,
  PATCH,
  ref,
  SCALE,
  STATUS,
} from "./components.ts";

/** The paths of one kind, with the operations that work and the parameters that each takes. */
export function pathsOf(definition: ResourceDefinition): Readonly<Record<string, object>> {
  const { group, version, namespaced, plural, hasStatus, scale } = definition;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${root}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const item = `${collection}/{name}`;
  return {
    ...(namespaced ? { [`${root}/${plural}`]: path(definition, ["list"], []) } : {}),
    [collection]: path(
      definition,
      ["list", "create", "deletecollection"],
      namespaced ? ["namespace"] : [],
    ),
    [item]: path(definition, ["get", "update", "delete", "patch"], inPath(definition)),
    ...(hasStatus
      ? { [`${item}/status`]: subresource(definition, componentName(definition)) }
      : {}),
    ...(scale === undefined ? {} : { [`${item}/scale`]: subresource(definition, SCALE) }),
  };
}

const METHODS: Readonly<Record<Verb, string>> = {
  get: "get",
  list: "get",
  watch: "get",
  create: "post",
  update: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
};

const ACTIONS: Readonly<Record<Verb, string>> = {
  get: "get",
  list: "list",
  watch: "watch",
  create: "post",
  update: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "deletecollection",
};

function inPath({ namespaced }: ResourceDefinition): string[] {
  return namespaced ? ["name", "namespace"] : ["name"];
}

function path(
  definition: ResourceDefinition,
  verbs: readonly Verb[],
  pathParameters: readonly string[],
): object {
  const { verbs: working = ALL_VERBS } = definition;
  const component = componentName(definition);
  const operations = verbs
    .filter((verb) => working.includes(verb))
    .map((verb) => [METHODS[verb], operation(definition, verb, { component })] as const);
  return {
    ...Object.fromEntries(operations),
    parameters: [...pathParameters.map(pathParameter), PRETTY],
  };
}

function subresource(definition: ResourceDefinition, component: string): object {
  const isScale = component === SCALE;
  const kind = isScale ? { group: "autoscaling", version: "v1", kind: "Scale" } : definition;
  const operations = (["get", "update", "patch"] as const).map(
    (verb) => [METHODS[verb], operation(definition, verb, { component, kind })] as const,
  );
  return {
    ...Object.fromEntries(operations),
    parameters: [...inPath(definition).map(pathParameter), PRETTY],
  };
}

interface Result {
  readonly component: string;
  readonly kind?: Pick<ResourceDefinition, "group" | "version" | "kind">;
}

function operation(
  definition: ResourceDefinition,
  verb: Verb,
  { component, kind = definition }: Result,
): object {
  const answer =
    verb === "list" ? `${component}List` : verb.startsWith("delete") ? STATUS : component;
  const body = bodyOf(definition, verb, component);
  return {
    description: `${verb} ${definition.kind}`,
    tags: [definition.group === "" ? "core" : definition.group],
    parameters: (QUERIES[verb] ?? []).map(queryParameter),
    ...(body === undefined ? {} : { requestBody: { content: body, required: true } }),
    responses: { "200": { description: "OK", content: jsonOf(answer) } },
    "x-kubernetes-action": ACTIONS[verb],
    "x-kubernetes-group-version-kind": kindExtension(kind),
  };
}

function bodyOf(
  { isCustomResource }: ResourceDefinition,
  verb: Verb,
  component: string,
): object | undefined {
  if (verb === "create" || verb === "update") return jsonOf(component);
  if (verb === "delete" || verb === "deletecollection") return jsonOf(DELETE_OPTIONS);
  if (verb !== "patch") return undefined;
  const types = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    ...(isCustomResource === true ? [] : ["application/strategic-merge-patch+json"]),
  ];
  return Object.fromEntries(types.map((type) => [type, { schema: ref(PATCH) }]));
}

function jsonOf(component: string): object {
  return { "application/json": { schema: ref(component) } };
}

interface Query {
  readonly name: string;
  readonly type: "string" | "boolean" | "integer";
  readonly description: string;
}

const query = (name: string, type: Query["type"], description: string): Query => ({
  name,
  type,
  description,
});

const WRITE: readonly Query[] = [
  query("dryRun", "string", "All: check everything, store nothing."),
  query("fieldManager", "string", "Who the fields of this write belong to."),
  query("fieldValidation", "string", "What becomes of unknown fields: Ignore, Warn or Strict."),
];

const SELECT: readonly Query[] = [
  query("labelSelector", "string", "Only objects with such labels."),
  query("fieldSelector", "string", "Only objects with such fields."),
];

const LIST: readonly Query[] = [
  ...SELECT,
  query("allowWatchBookmarks", "boolean", "Whether a watch may send bookmarks."),
  query("continue", "string", "From the part of the list before."),
  query("limit", "integer", "How many items at most."),
  query("resourceVersion", "string", "The state to show, or to watch from."),
  query("resourceVersionMatch", "string", "Exact or NotOlderThan."),
  query("sendInitialEvents", "boolean", "Whether a watch begins with what is there."),
  query("timeoutSeconds", "integer", "When a watch ends by itself."),
  query("watch", "boolean", "Stream the changes instead."),
];

const DELETE: readonly Query[] = [
  query("dryRun", "string", "All: check everything, delete nothing."),
  query("gracePeriodSeconds", "integer", "Taken, and not acted on."),
  query("propagationPolicy", "string", "Background, Foreground or Orphan."),
];

const QUERIES: Partial<Record<Verb, readonly Query[]>> = {
  list: LIST,
  create: WRITE,
  update: WRITE,
  patch: [...WRITE, query("force", "boolean", "Apply: take fields from other managers.")],
  delete: DELETE,
  deletecollection: [...SELECT, ...DELETE],
};

function queryParameter({ name, type, description }: Query): object {
  return { name, in: "query", description, schema: { type, uniqueItems: true } };
}

function pathParameter(name: string): object {
  const description = name === "name" ? "Name of the object." : "Namespace of the object.";
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

const PRETTY = queryParameter(query("pretty", "string", "Taken, and not acted on."));
