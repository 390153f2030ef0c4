/**
 * The YAML that would grant what is missing, on one line, such as
 * `permissions: {filesystem: {read: [/proc]}}`; to be put under `spec`.
 *
 * @param missing - As {@link missingPermissions} gives it: `filesystem.read /proc`.
 */
export function grantText(missing: readonly string[]): string {
  const areas = new Map<string, Map<string, string[]>>();
  for (const permission of missing) {
    const at = permission.indexOf(" ");
    const [area = "", verb = ""] = permission.slice(0, at).split(".");
    const verbs = areas.get(area) ?? new Map<string, string[]>();
    areas.set(area, verbs.set(verb, [...(verbs.get(verb) ?? []), permission.slice(at + 1)]));
  }
  const lines = [...areas].map(([area, verbs]) => {
    const grants = [...verbs].map(([verb, items]) => `${verb}: [${items.map(scalar).join(", ")}]`);
    return `${area}: {${grants.join(", ")}}`;
  });
  return `permissions: {${lines.join(", ")}}`;
}

/** Quoted unless it is a plain path: a name such as `true` or `*` would be something else. */
function scalar(text: string): string {
  return /^\/[\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
