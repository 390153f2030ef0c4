import { DEFAULT_NAMESPACE, type ObjectRef } from "../meta.ts";

/**
 * Which object a broken document is most likely about, so that its last good state is kept: from
 * what could be read of it, else from lines that look like block style. Undefined when unsure.
 *
 * @param value - What could be read; faulty parts are missing.
 * @param text - The text it stands in. With several documents in it, its lines tell nothing.
 */
export function guessRef(value: unknown, text: string): ObjectRef | undefined {
  return refOf(value) ?? refOf(scan(text));
}

function refOf(value: unknown): ObjectRef | undefined {
  const { apiVersion, kind, metadata } = membersOf(value);
  const { name, namespace } = membersOf(metadata);
  if (!isText(apiVersion) || !isText(kind) || !isText(name)) return undefined;
  return { apiVersion, kind, namespace: isText(namespace) ? namespace : DEFAULT_NAMESPACE, name };
}

function scan(text: string): unknown {
  if (/^\.\.\.\s/m.test(text)) return undefined;
  const apiVersion = /^apiVersion:[ \t]*["']?([\w./-]+)/m.exec(text)?.[1];
  const kind = /^kind:[ \t]*["']?(\w+)/m.exec(text)?.[1];
  const metadata =
    /^metadata:[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*\r?\n)*)/m.exec(`${text}\n`)?.[1] ?? "";
  const name = /^[ \t]{1,8}name:[ \t]*["']?([\w.-]+)/m.exec(metadata)?.[1];
  const namespace = /^[ \t]{1,8}namespace:[ \t]*["']?([\w.-]+)/m.exec(metadata)?.[1];
  return { apiVersion, kind, metadata: { name, namespace } };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
