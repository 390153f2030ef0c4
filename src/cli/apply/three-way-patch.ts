/** A JSON object, or part of one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The merge patch (RFC 7386) that brings `current` to `modified`, after kubectl's client-side
 * apply: what `modified` says is set, what `original` said and `modified` no longer says is
 * removed, and all else is left to whoever set it.
 *
 * A list that the user has not touched since the last apply counts as equal when the live list
 * only adds to its items, since defaults do that.
 *
 * @param original - What was applied last; undefined when nothing was.
 * @returns Empty when nothing is to be done.
 */
export function threeWayPatch(
  original: JsonObject | undefined,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(modified)) {
    const change = memberPatch(original?.[name], modified[name], current[name]);
    if (change !== undefined) define(patch, name, change.value);
  }
  for (const name of Object.keys(original ?? {})) {
    if (!isSet(modified, name) && isSet(current, name)) define(patch, name, null);
  }
  return patch;
}

/** Whether a patch would change nothing. */
export function isEmptyPatch(patch: JsonObject): boolean {
  return Object.keys(patch).length === 0;
}

function memberPatch(
  original: unknown,
  modified: unknown,
  current: unknown,
): { readonly value: unknown } | undefined {
  // A null in a manifest means that the member is left out.
  if (modified === undefined || modified === null) return undefined;
  if (isObject(modified) && isObject(current)) {
    const nested = threeWayPatch(isObject(original) ? original : undefined, modified, current);
    return isEmptyPatch(nested) ? undefined : { value: nested };
  }
  if (isEqual(modified, current)) return undefined;
  const isUntouched = Array.isArray(modified) && isEqual(original, modified);
  if (isUntouched && isCovered(modified, current)) return undefined;
  return { value: modified };
}

/** Whether `live` says all that `wanted` says. */
function isCovered(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return false;
    return wanted.every((item, index) => isCovered(item, live[index]));
  }
  if (isObject(wanted)) {
    if (!isObject(live)) return false;
    return Object.entries(wanted).every(([name, value]) => isCovered(value, live[name]));
  }
  return wanted === live;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => isEqual(item, b[i]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSet(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined && object[name] !== null;
}

/** An own member, whatever its name: `__proto__` must not become a prototype. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
