import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = new URL("../../src/", import.meta.url).pathname;
const MAX_LINES = 400;

const PURE_BASE = ["base", "api"];
const ADAPTER = [...PURE_BASE, "policy"];

/** What each room of src/ may import, besides itself: the table of the design. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: ["base"],
  plan: PURE_BASE,
  policy: PURE_BASE,
  store: PURE_BASE,
  sources: PURE_BASE,
  reconcile: [...PURE_BASE, "plan", "policy"],
  registry: ADAPTER,
  runtime: ADAPTER,
  config: ADAPTER,
  security: ADAPTER,
  manager: [...ADAPTER, "registry", "runtime", "config", "security"],
  gateway: ADAPTER,
  apiserver: ADAPTER,
  daemon: [
    ...ADAPTER,
    "plan",
    "store",
    "sources",
    "reconcile",
    "registry",
    "runtime",
    "config",
    "security",
    "manager",
    "gateway",
    "apiserver",
  ],
  client: PURE_BASE,
  cli: [...PURE_BASE, "client"],
};

/** The one file of cli that may know the daemon. */
const SERVE = join("cli", "commands", "serve.ts");
const PURE = ["api", "plan", "policy"];

interface SourceFile {
  readonly file: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .toSorted()
  .map((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
      relative(SRC, join(SRC, dirname(file), match[1] ?? "")),
    );
    return { file, room: roomOf(file), text, imports };
  });

describe("the structure of src/", () => {
  test("is seen whole by this test", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(Object.keys(MAY_IMPORT)).toEqual(
      expect.arrayContaining([...new Set(files.map(({ room }) => room))]),
    );
  });

  test.each(files)("$file imports only rooms below its own", ({ file, room, imports }) => {
    const allowed = [room, ...(MAY_IMPORT[room] ?? []), ...(file === SERVE ? ["daemon"] : [])];
    expect(allowed).toEqual(expect.arrayContaining(imports.map(roomOf)));
  });

  test.each(files.filter(({ room }) => PURE.includes(room)))("$file is pure", ({ text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    expect(code).not.toMatch(
      /from "node:|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.\w|\bawait\b/,
    );
  });

  test.each(files)("$file is short and no barrel", ({ text }) => {
    expect(text.split("\n").length).toBeLessThanOrEqual(MAX_LINES);
    expect(text).not.toMatch(/^export (\*|\{[^}]*\}) from/m);
  });

  test("has no import cycle, not even of types", () => {
    const edges = new Map(files.map(({ file, imports }) => [file, imports]));
    expect(cycleIn(edges)).toEqual([]);
  });
});

/** Some cycle, as the files on it; empty when there is none. */
function cycleIn(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  return [...edges.keys()].map((file) => visit(file, [])).find((cycle) => cycle.length > 0) ?? [];
}

function roomOf(file: string): string {
  return file.split(sep)[0] ?? "";
}
