import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseManifests } from "../../../../src/api/manifest/parse.ts";
import { formatProblem } from "../../../../src/api/manifest/problem.ts";

function plugin(name: string, more = ""): string {
  return `apiVersion: portunix.ai/v1alpha1
kind: Plugin
metadata:
  name: ${name}
spec:
  source: {path: ./x}
${more}`;
}

function problemsOf(text: string | Uint8Array): readonly string[] {
  return parseManifests(text, "a.yaml").problems.map(formatProblem);
}

function namesOf(text: string, file = "a.yaml"): readonly string[] {
  const { documents, problems } = parseManifests(text, file);
  expect(problems).toEqual([]);
  return documents.map(({ ref, line, column }) => `${ref.namespace}/${ref.name} ${line}:${column}`);
}

describe("parseManifests", () => {
  test("reads an object as it is written, with its namespace", () => {
    const { documents } = parseManifests(plugin("a", "  replicas: 2\n  env:\n"), "dir/a.yaml");
    expect(documents).toEqual([
      {
        ref: {
          apiVersion: "portunix.ai/v1alpha1",
          kind: "Plugin",
          namespace: "default",
          name: "a",
        },
        object: {
          apiVersion: "portunix.ai/v1alpha1",
          kind: "Plugin",
          metadata: { name: "a", namespace: "default" },
          spec: { source: { path: "./x" }, replicas: 2, env: null },
        },
        file: "dir/a.yaml",
        line: 1,
        column: 1,
        locate: expect.any(Function),
      },
    ]);
  });

  test("keeps line numbers over many documents, comments, blanks and markers", () => {
    const text = `# head\n---\n${plugin("a")}---\n# nothing\n---\n\n--- # second\n${plugin("b")}...\n# between\n---\n${plugin("c")}`;
    expect(namesOf(text)).toEqual(["default/a 3:1", "default/b 14:1", "default/c 23:1"]);
    expect(namesOf(text.replaceAll("\n", "\r\n"))).toEqual(namesOf(text));
  });

  test("takes no --- inside of a line or indented text for a border", () => {
    const text = plugin("a", "  config:\n    text: |\n      ---\n      a --- b\n    more: a---\n");
    const { documents } = parseManifests(text, "a.yaml");
    expect(documents.map(({ object }) => object.spec)).toEqual([
      { source: { path: "./x" }, config: { text: "---\na --- b\n", more: "a---" } },
    ]);
  });

  test("follows directives, also between documents", () => {
    expect(namesOf(`%YAML 1.2\n---\n${plugin("a")}...\n%YAML 1.2\n---\n${plugin("b")}`)).toEqual([
      "default/a 3:1",
      "default/b 12:1",
    ]);
  });

  test.each(["", "# only\n", "---\n", "---\n---\n# x\n---\n", "\n\n", "\uFEFF", "null\n", "...\n"])(
    "finds nothing and no fault in %j",
    (text) => {
      expect(parseManifests(text, "a.yaml")).toEqual({
        file: "a.yaml",
        documents: [],
        problems: [],
      });
    },
  );

  test("expands lists, also typed and nested ones", () => {
    const item = (name: string) => `{apiVersion: v1, kind: Secret, metadata: {name: ${name}}}`;
    const text = `kind: List\napiVersion: v1\nitems:\n- ${item("a")}\n- kind: SecretList\n  items:\n  - ${item("b")}\n- kind: List\n  items: []\n`;
    expect(namesOf(text)).toEqual(["default/a 4:3", "default/b 7:5"]);
  });

  test("reads JSON, with tabs and in any bytes that are UTF-8", () => {
    const json = JSON.stringify(
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "ü" } },
      undefined,
      "\t",
    );
    expect(namesOf(json, "a.json")).toEqual(["ü/a 1:1"]);
    expect(parseManifests(new TextEncoder().encode(`\uFEFF${json}`), "a").documents).toHaveLength(
      1,
    );
  });

  test("gives a Namespace no namespace", () => {
    const text = "{apiVersion: v1, kind: Namespace, metadata: {name: a}}";
    const [document] = parseManifests(text, "a.yaml").documents;
    expect(document?.ref.namespace).toBe("");
    expect(document?.object.metadata).toEqual({ name: "a" });
  });

  test("reads words of YAML 1.1 as the text they are", () => {
    const { documents } = parseManifests(
      plugin("a", "  config: {country: no, port: 22:22, on: yes}\n"),
      "a.yaml",
    );
    expect(documents[0]?.object.spec).toMatchObject({
      config: { country: "no", port: "22:22", on: "yes" },
    });
  });

  test("resolves anchors and merge keys, what is written wins", () => {
    const text = plugin("a", "  config:\n    a: &x {b: 1, c: 2}\n    d: {<<: *x, c: 3}\n");
    expect(parseManifests(text, "a.yaml").documents[0]?.object.spec).toMatchObject({
      config: { d: { b: 1, c: 3 } },
    });
  });
});

describe("parseManifests places each problem", () => {
  test.each([
    ["a tab", "a:\n\tb: 1", "a.yaml:2:1: tabs are not allowed as indentation"],
    [
      "NUL",
      "a: 1\nb: \0",
      "a.yaml:2:4: holds a NUL character, which YAML does not allow: is it text?",
    ],
    [
      "a control character",
      "a: \u0007",
      "a.yaml:1:4: holds the character U+0007, which YAML does not allow: is it text?",
    ],
    [
      "a duplicate key",
      plugin("a", "  source: {}"),
      'a.yaml:7:3 spec.source: duplicate key "source"',
    ],
    [
      "__proto__",
      plugin("a", "  config: {__proto__: {x: 1}}"),
      'a.yaml:7:12 spec.config.__proto__: a field may not be named "__proto__"',
    ],
    [
      "constructor",
      plugin("a", "  constructor: 1"),
      'a.yaml:7:3 spec.constructor: a field may not be named "constructor"',
    ],
    ["an unknown tag", "a: !!binary aGk=", "a.yaml:1:4: unresolved tag: tag:yaml.org,2002:binary"],
    [
      "a key that is a map",
      "? {a: 1}\n: 2",
      "a.yaml:1:3: a key must be a plain word or a quoted text",
    ],
    ["a loose alias", "a: *b", 'a.yaml:1:4 a: the alias "b" names no anchor before it'],
    ["a circle", "a: &a [*a]", 'a.yaml:1:8 a[0]: the alias "a" lies inside of what it names'],
    ["deep nesting", "- ".repeat(65), "a.yaml:1:129 [0][0][0][0]: nested deeper than 64 levels"],
    ["very deep nesting", "[".repeat(1_000_000), "a.yaml:1:201: nested too deep"],
    ["text", "hello", "a.yaml:1:1: must be an object with apiVersion, kind and metadata"],
    [
      "a number for a name",
      plugin("5"),
      "a.yaml:4:9 metadata.name: must be a text: put it in quotes",
    ],
  ])("%s", (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test("what is missing, at the nearest place that is there", () => {
    expect(problemsOf("kind: Plugin\nmetadata:\n  labels: {}\n")).toEqual([
      "a.yaml:1:1 apiVersion: Required value",
      "a.yaml:2:1 metadata.name: Required value",
    ]);
  });

  test("bytes that are not UTF-8, at the first of them", () => {
    expect(problemsOf(new Uint8Array([0x61, 0x0a, 0x62, 0xff]))).toEqual([
      "a.yaml:2:2: is not UTF-8: save it as UTF-8",
    ]);
    expect(problemsOf(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))).toEqual([
      "a.yaml:1:1: is UTF-16: save it as UTF-8",
    ]);
  });

  test("a text over the limit, without reading it", () => {
    const limit = 4 * 1024 * 1024;
    expect(problemsOf(`#${"x".repeat(limit - 1)}`)).toEqual([]);
    expect(problemsOf(`#${"x".repeat(limit)}`)).toEqual([
      "a.yaml:1:1: larger than 4 MiB: split it into several files",
    ]);
  });

  test("an alias bomb, before it goes off", () => {
    const levels = Array.from(
      "bcdefghij",
      (name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[index]}`).join(",")}]`,
    );
    const [problem] = problemsOf(`a: &a [${"1,".repeat(10)}]\n${levels.join("\n")}`);
    expect(problem).toMatch(/^a\.yaml:\d+:\d+ .*: aliases stand for more than 10000 values/);
  });

  test("a chain of aliases that grows too deep", () => {
    const chain = Array.from({ length: 500 }, (_, at) => `- &a${at + 1} [*a${at}]`).join("\n");
    expect(problemsOf(`- &a0 x\n${chain}`)[0]).toMatch(/nested deeper than 64 levels$/);
  });

  test("more documents than are read", () => {
    const [problem, ...others] = problemsOf("---\na\n".repeat(25_001));
    expect(problem).toMatch(/^a\.yaml:50001:1: more than 25000 documents/);
    expect(others).toEqual([]);
  });

  test("of a thousand and more only the first, and says so", () => {
    const problems = problemsOf("---\n@\n".repeat(1_500));
    expect(problems).toHaveLength(1_001);
    expect(problems.at(-1)).toMatch(/: 500 more problems are not shown$/);
  });
});

describe("parseManifests keeps the rest", () => {
  test.each([
    ["a tab", "\tx: 1"],
    ["a duplicate key", "  source: {}"],
    ["an open quote", '  version: "1'],
    ["an open bracket", "  config: {a: [1"],
    ["NUL", "  version: \0"],
  ])("one document with %s leaves the others alone, and is still known", (_name, fault) => {
    const text = [plugin("a"), plugin("b", `${fault}\n`), plugin("c")].join("---\n");
    const { documents, problems } = parseManifests(text, "a.yaml");
    expect(documents.map(({ ref }) => ref.name)).toEqual(["a", "c"]);
    expect(problems.map(({ ref }) => ref)).toEqual([
      { apiVersion: "portunix.ai/v1alpha1", kind: "Plugin", namespace: "default", name: "b" },
    ]);
  });

  test("a broken document that does not tell what it is about has no ref", () => {
    expect(parseManifests("kind: Plugin\n\tx", "a.yaml").problems[0]).not.toHaveProperty("ref");
  });
});

describe("locate", () => {
  const text = `# head\n---\n${plugin("a", "  dependsOn:\n  - name: b\n  - {name: c, condition: Ready}\n  version:\n  config: {a.b: 1}\n")}`;
  const [document] = parseManifests(text, "a.yaml").documents;

  test.each([
    ["spec.dependsOn[1].condition", "value", 11, 26],
    ["spec.dependsOn[1].condition", "key", 11, 15],
    ["spec.dependsOn[0].name", "value", 10, 11],
    ["spec.source.path", "value", 8, 18],
    ['spec.config["a.b"]', "key", 13, 12],
    ["spec.version", "value", 12, 3],
    ["spec.dependsOn[0].nothing", "value", 10, 5],
    ["spec.nothing.below", "value", 7, 1],
    ["nothing", "value", 3, 1],
    ["", "value", 3, 1],
  ] as const)("finds %s, its %s", (path, part, line, column) => {
    expect(document?.locate(path, part)).toEqual({ line, column });
  });
});

describe("parseManifests never throws", () => {
  const sound = `${plugin("a", '  config: &x {a: "b", c: [1, 2]}\n  dependsOn:\n  - {name: b}\n')}---\nkind: List\nitems:\n- *x\n`;
  const piece = fc.constantFrom(
    "---\n",
    "\n",
    "\t",
    "[",
    "{",
    "]",
    "}",
    ": ",
    "- ",
    "? ",
    '"',
    "'",
    "|\n",
    "&a ",
    "*a",
    "!!",
    "%",
    "#",
    "<<: ",
    "\0",
    "\uD800",
    "...\n",
    "kind: List\nitems:\n",
    "@",
    "`",
    "\r",
  );

  test("on pieces of syntax in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
        expect(parseManifests(pieces.join(""), "a.yaml").file).toBe("a.yaml");
      }),
      { numRuns: 500 },
    );
  });

  test("on a sound text with parts put in, cut out and repeated; places lie in the text", () => {
    const edit = fc.tuple(fc.nat(sound.length), fc.nat(20), fc.oneof(piece, fc.string()));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const text = edits.reduce(
          (before, [at, cut, put]) => before.slice(0, at) + put + before.slice(at + cut),
          sound,
        );
        const lines = text.split("\n").length;
        const { documents, problems } = parseManifests(text, "a.yaml");
        for (const { line, column } of [...documents, ...problems]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseManifests(bytes, "a.yaml").file).toBe("a.yaml");
      }),
    );
  });
});
