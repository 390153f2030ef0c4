import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, Table } from "../../client/api-client.ts";
import type { Resource } from "../../client/resources.ts";
import { cellsOf, headerOf } from "../output/server-table.ts";
import { tableText } from "../output/table-text.ts";
import { typeName } from "../objects/plugin-facts.ts";
import type { Target } from "../objects/targets.ts";
import { type GetRequest, listOptionsOf, namesText } from "./get-request.ts";
import { textOf, withoutManagedFields } from "../output/object-text.ts";

/** Prints what is asked for. What is not there is told of after the rest has been printed. */
export async function getObjects(client: ApiClient, request: GetRequest): Promise<void> {
  if (request.isWatching) {
    const { watchAndPrint } = await import("./watch-objects.ts");
    return watchAndPrint(client, request);
  }
  const isTable = request.output === "table" || request.output === "wide";
  return isTable ? printTables(client, request) : printObjects(client, request);
}

async function printTables(client: ApiClient, request: GetRequest): Promise<void> {
  const missing: PortunixError[] = [];
  const groups = groupByResource(request.targets);
  let count = 0;
  for (const targets of groups) {
    const tables = await collect(missing, targets, (target) =>
      client.table(target.resource, {
        ...listOptionsOf(request),
        ...(request.sortBy === undefined ? {} : { includeObject: "Object" as const }),
        ...(target.name === undefined
          ? {}
          : { name: target.name, labelSelector: undefined, fieldSelector: undefined }),
      }),
    );
    const text = tablesText(tables, request, groups.length > 1 ? targets[0]?.resource : undefined);
    if (text !== "" && count > 0 && request.hasHeaders) request.print("\n");
    if (text !== "") count += 1;
    request.print(text);
  }
  if (count === 0 && missing.length === 0) request.say(nothingFound(request));
  throwFirst(missing, request);
}

function tablesText(
  tables: readonly Table[],
  request: GetRequest,
  prefixed: Resource | undefined,
): string {
  const { sortBy, showLabels, labelColumns } = request;
  const options = {
    isWide: request.output === "wide",
    hasNamespaces: request.namespace === undefined && hasNamespaces(request),
    showLabels,
    labelColumns,
    namePrefix: prefixed === undefined ? undefined : `${typeName(prefixed)}/`,
  };
  const columns = tables[0]?.columnDefinitions;
  const found = tables.flatMap((table) => table.rows);
  const sorted = sortBy && found.toSorted((a, b) => sortBy(a.object, b.object));
  const rows = (sorted ?? found).map((row) => cellsOf(columns, row, options));
  if (rows.length === 0) return "";
  const header = request.hasHeaders ? [headerOf(columns, options)] : [];
  return tableText([...header, ...rows], { width: request.width });
}

async function printObjects(client: ApiClient, request: GetRequest): Promise<void> {
  const missing: PortunixError[] = [];
  const lists = await collect(missing, request.targets, async ({ resource, name }) => {
    if (name === undefined) return (await client.list(resource, listOptionsOf(request))).items;
    return [await client.get({ resource, namespace: request.namespace ?? "default", name })];
  });
  const found =
    request.showManagedFields === true ? lists.flat() : lists.flat().map(withoutManagedFields);
  const objects = request.sortBy === undefined ? found : found.toSorted(request.sortBy);
  const isOne = request.targets.length === 1 && request.targets[0]?.name !== undefined;
  if (request.output === "name") request.print(namesText(objects));
  else if (!isOne || objects[0] !== undefined) {
    const value = isOne ? objects[0] : listOf(objects);
    request.print(request.render?.(value) ?? (await textOf(value, request.output)));
  }
  throwFirst(missing, request);
}

function listOf(items: readonly StoredObject[]) {
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

async function collect<T>(
  missing: PortunixError[],
  targets: readonly Target[],
  read: (target: Target) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (const target of targets) {
    try {
      found.push(await read(target));
    } catch (thrown) {
      if (!(thrown instanceof PortunixError) || thrown.code !== "NotFound") throw thrown;
      missing.push(thrown);
    }
  }
  return found;
}

function throwFirst(missing: readonly PortunixError[], { say, isMissingFine }: GetRequest): void {
  if (isMissingFine === true) return;
  const [first, ...rest] = missing;
  for (const error of rest) say(`Error: ${error.message}`);
  if (first !== undefined) throw first;
}

function groupByResource(targets: readonly Target[]): Target[][] {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const type = `${target.resource.plural}.${target.resource.group}`;
    const group = groups.get(type);
    if (group === undefined) groups.set(type, [target]);
    else group.push(target);
  }
  return [...groups.values()];
}

function hasNamespaces({ targets }: GetRequest): boolean {
  return targets.some(({ resource }) => resource.namespaced);
}

function nothingFound(request: GetRequest): string {
  const isScoped = request.namespace !== undefined && hasNamespaces(request);
  return isScoped ? `No resources found in ${request.namespace} namespace.` : "No resources found.";
}
