/** One step of a field path: the name of a member, or the index of an item. */
export type PathSegment = string | number;

/** `spec.dependsOn[0].name`; a name that would not read back is written `config["a.b"]`. */
export function toFieldPath(segments: readonly PathSegment[], prefix = ""): string {
  return segments.reduce<string>(childPath, prefix);
}

export function childPath(path: string, segment: PathSegment): string {
  if (typeof segment === "number") return `${path}[${segment}]`;
  if (!/^[A-Za-z_$][-\w$]*$/.test(segment)) return `${path}[${JSON.stringify(segment)}]`;
  return path === "" ? segment : `${path}.${segment}`;
}

/** The inverse of {@link toFieldPath}; reads as far as the text is a field path. */
export function parseFieldPath(path: string): readonly PathSegment[] {
  const steps = /\.?([A-Za-z_$][-\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy;
  return [...path.matchAll(steps)].map(([, name, index, quoted]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (name ?? "") : String(JSON.parse(quoted));
  });
}
