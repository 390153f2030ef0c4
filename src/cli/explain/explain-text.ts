import { nearestName } from "../../base/nearest-name.ts";
import { PortunixError } from "../../base/errors.ts";
import {
  type ApiSchema,
  type ExplainedKind,
  resolve,
  type Schemas,
  typeText,
} from "./open-api-document.ts";

export interface ExplainOptions {
  /** Field names from the kind down. */
  readonly path: readonly string[];
  readonly isRecursive: boolean;
}

const WIDTH = 76;
const ENUM_SHOWN = 4;
/** Schemas that contain themselves would go on for ever. */
const MAX_DEPTH = 20;

/** What a kind, or a field of it, is: letter by letter as `kubectl explain` writes it. */
export function explainText(kind: ExplainedKind, { path, isRecursive }: ExplainOptions): string {
  const { name, schemas } = kind;
  const field = fieldAt(kind, path);
  const schema = resolve(field, schemas);
  const group = name.group === "" ? "" : `GROUP:      ${name.group}\n`;
  const lastName = path.at(-1);
  const enumText = field.enum === undefined ? "" : enumBlock(field.enum);
  const which =
    lastName === undefined ? "" : `FIELD: ${lastName} <${typeText(field)}>\n${enumText}\n\n`;
  const description = indent(wrap(field.description ?? schema.description ?? NONE), 4);
  return `${group}KIND:       ${name.kind}\nVERSION:    ${name.version}\n\n${which}DESCRIPTION:\n${description}\n    \n${fieldsText(schema, schemas, isRecursive)}\n`;
}

const NONE = "<no description>";

function fieldAt({ schema, schemas }: ExplainedKind, path: readonly string[]): ApiSchema {
  let field = schema;
  for (const name of path) {
    const { properties = {} } = resolve(field, schemas);
    const next = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (next === undefined) {
      const hint = nearestName(name, Object.keys(properties));
      const question = hint === undefined ? "" : `; did you mean "${hint}"?`;
      throw new PortunixError("BadRequest", `field "${name}" does not exist${question}`);
    }
    field = next;
  }
  return field;
}

function enumBlock(values: readonly unknown[]): string {
  return `ENUM:\n${values.map((value) => `    ${String(value)}`).join("\n")}`;
}

function fieldsText(schema: ApiSchema, schemas: Schemas, isRecursive: boolean): string {
  if (schema.properties === undefined) return "";
  return isRecursive
    ? `FIELDS:\n${namesText(schema, schemas, 1)}`
    : `FIELDS:\n${describedText(schema, schemas)}`;
}

function describedText(schema: ApiSchema, schemas: Schemas): string {
  return entriesOf(schema)
    .map(([name, field]) => {
      const text = field.description ?? resolvedDescription(field, schemas) ?? NONE;
      return `  ${head(name, field, schema)}\n${shortEnum(field, 1)}${indent(wrap(text), 4)}\n\n`;
    })
    .join("");
}

/** kubectl looks into what a field refers to only where the field itself is that reference. */
function resolvedDescription(field: ApiSchema, schemas: Schemas): string | undefined {
  return field.$ref === undefined ? undefined : resolve(field, schemas).description;
}

function namesText(schema: ApiSchema, schemas: Schemas, depth: number): string {
  if (depth > MAX_DEPTH) return "";
  return entriesOf(schema)
    .map(([name, field]) => {
      const inner = namesText(resolve(field, schemas), schemas, depth + 1);
      return `${"  ".repeat(depth)}${head(name, field, schema)}\n${shortEnum(field, depth)}${inner}`;
    })
    .join("");
}

function head(name: string, field: ApiSchema, { required = [] }: ApiSchema): string {
  return `${name}\t<${typeText(field)}>${required.includes(name) ? " -required-" : ""}`;
}

function shortEnum({ enum: values }: ApiSchema, depth: number): string {
  if (values === undefined) return "";
  const shown = values.slice(0, ENUM_SHOWN).map(String).join(", ");
  return `${"  ".repeat(depth)}enum: ${shown}${values.length > ENUM_SHOWN ? ", ...." : ""}\n`;
}

function entriesOf({ properties = {} }: ApiSchema): [string, ApiSchema][] {
  return Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function wrap(text: string): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((one) => one !== "")) {
      if (line !== "" && line.length + 1 + word.length > WIDTH) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

function indent(lines: readonly string[], by: number): string {
  return lines.map((line) => `${" ".repeat(by)}${line}`).join("\n");
}
