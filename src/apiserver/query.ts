import { PortunixError } from "../base/errors.ts";
import type { ApiContext } from "./api-context.ts";
import { badRequest, StatusError } from "./status-error.ts";
import type { TableOptions } from "./table.ts";

/** `1`, `t`, `true` in any case, as Go reads them; present without a value counts as true. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && !/^(0|f|false)$/i.test(text);
}

/** Whether to store nothing. Throws Invalid on any value but `All`, since a typo must not write. */
export function isDryRun(query: URLSearchParams, inBody?: unknown): boolean {
  const values: unknown[] = [
    ...query.getAll("dryRun").filter((value) => value !== ""),
    ...(Array.isArray(inBody) ? inBody : inBody === undefined || inBody === null ? [] : [inBody]),
  ];
  const wrong = values.find((value) => value !== "All");
  if (wrong !== undefined) throw unsupportedValue("dryRun", wrong, ["All"]);
  return values.length > 0;
}

/** What kubectl asks of a Table's rows. */
export function includeObjectOf(query: URLSearchParams): TableOptions["includeObject"] {
  const value = query.get("includeObject") ?? "Metadata";
  if (value === "" || value === "Metadata") return "Metadata";
  if (value === "None" || value === "Object") return value;
  throw badRequest(
    `unrecognized includeObject value: ${JSON.stringify(value)}; use None, Metadata or Object`,
  );
}

/** A whole number that is not negative; undefined when it was left out. Throws BadRequest. */
export function countOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^[0-9]{1,15}$/.test(text))
    throw badRequest(`${name} must be a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

/**
 * The `resourceVersion` of a list or watch; empty when it was left out. Throws BadRequest when it
 * is no number, and Expired when it lies ahead, as after a return to an older store: the
 * client then lists afresh.
 */
export function resourceVersionOf(query: URLSearchParams, { store }: ApiContext): string {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return text;
  if (!/^[0-9]{1,19}$/.test(text))
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: resourceVersion must be a number`);
  if (BigInt(text) > BigInt(store.resourceVersion()))
    throw new PortunixError(
      "Expired",
      `The resourceVersion ${text} is newer than the newest (${store.resourceVersion()}); list afresh`,
    );
  return text;
}

export function unsupportedValue(
  field: string,
  value: unknown,
  supported: readonly string[],
): StatusError {
  const known = supported.map((name) => JSON.stringify(name)).join(", ");
  return new StatusError(
    422,
    "Invalid",
    `${field}: Unsupported value: ${JSON.stringify(value) ?? "undefined"}: supported values: ${known}`,
  );
}
