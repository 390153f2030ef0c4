import { malformed, wireFields } from "./wire-reader.ts";
import type { WireField } from "./wire-reader.ts";

/**
 * How a field's value becomes JSON. `text` that is empty and a `count` of 0 are left out, as Go's
 * `omitempty` has it; `pointer` and `int` may be so and yet be there.
 */
export type FieldType =
  | "text"
  | "pointer"
  | "int"
  | "count"
  | "bool"
  | "base64"
  | "time"
  | "microTime"
  | { readonly message: () => Message }
  | { readonly map: "text" | "base64" };

export interface Field {
  readonly number: number;
  /** In JSON. */
  readonly name: string;
  readonly type: FieldType;
  readonly isRepeated?: boolean;
}

/** A message as data. A field that is not listed is passed over, as protobuf has it. */
export type Message = readonly Field[];

/** Decodes a message to what its JSON would be. Throws BadRequest. */
export function decodeMessage(bytes: Uint8Array, message: Message): Record<string, unknown> {
  const single = new Map<string, unknown>();
  const many = new Map<string, unknown[]>();
  const maps = new Map<string, [string, unknown][]>();
  for (const wire of wireFields(bytes)) {
    const field = message.find(({ number }) => number === wire.number);
    if (field === undefined) continue;
    const { name, type, isRepeated = false } = field;
    if (typeof type === "object" && "map" in type) push(maps, name, mapEntry(wire, type.map));
    else if (isRepeated) push(many, name, decodeValue(wire, type));
    else single.set(name, decodeValue(wire, type));
  }
  // fromEntries takes `__proto__` for a name like any other; the shape check refuses it later.
  return Object.fromEntries([
    ...[...single].filter(([name, value]) => !isOmitted(message, name, value)),
    ...many,
    ...[...maps].map(([name, entries]) => [name, Object.fromEntries(entries)] as const),
  ]);
}

function push<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

function isOmitted(message: Message, name: string, value: unknown): boolean {
  if (value === undefined) return true;
  const type = message.find((field) => field.name === name)?.type;
  return (value === "" && type === "text") || (value === 0 && type === "count");
}

const MAP_KEY = 1;
const MAP_VALUE = 2;

function mapEntry(wire: WireField, type: "text" | "base64"): [string, unknown] {
  let key = "";
  let value: unknown = "";
  for (const part of wireFields(bytesOf(wire))) {
    if (part.number === MAP_KEY) key = toText(bytesOf(part));
    if (part.number === MAP_VALUE) value = decodeValue(part, type);
  }
  return [key, value];
}

function decodeValue(wire: WireField, type: FieldType): unknown {
  if (typeof type === "object")
    return "message" in type ? decodeMessage(bytesOf(wire), type.message()) : undefined;
  return SCALARS[type](wire);
}

const SCALARS: Readonly<Record<Extract<FieldType, string>, (wire: WireField) => unknown>> = {
  text: (wire) => toText(bytesOf(wire)),
  pointer: (wire) => toText(bytesOf(wire)),
  base64: (wire) => Buffer.from(bytesOf(wire)).toString("base64"),
  int: toInt,
  count: toInt,
  bool: (wire) => numberOf(wire) !== 0n,
  time: (wire) => toTime(bytesOf(wire), false),
  microTime: (wire) => toTime(bytesOf(wire), true),
};

function bytesOf(wire: WireField): Uint8Array {
  if (wire.type === "bytes") return wire.value;
  throw malformed(`field ${wire.number} has the wrong wire type`);
}

function numberOf(wire: WireField): bigint {
  if (wire.type === "varint") return wire.value;
  throw malformed(`field ${wire.number} has the wrong wire type`);
}

/** Negative numbers come as 64 bits in two's complement. */
function toInt(wire: WireField): number {
  const value = Number(BigInt.asIntN(64, numberOf(wire)));
  if (Number.isSafeInteger(value)) return value;
  throw malformed(`the number in field ${wire.number} is too large`);
}

function toText(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw malformed("a text in it is not valid UTF-8");
  }
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SECONDS = 1;
const NANOS = 2;

const NANOS_MAX = 999_999_999;

/** RFC 3339; undefined for the zero time, which stands for none. */
function toTime(bytes: Uint8Array, hasMicros: boolean): string | undefined {
  let [seconds, nanos] = [0, 0];
  for (const wire of wireFields(bytes)) {
    if (wire.number === SECONDS) seconds = toInt(wire);
    if (wire.number === NANOS) nanos = toInt(wire);
  }
  if (seconds === 0 && nanos === 0) return undefined;
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime()) || nanos < 0 || nanos > NANOS_MAX)
    throw malformed("a time in it is out of range");
  const micros = hasMicros ? `.${String(Math.floor(nanos / 1000)).padStart(6, "0")}` : "";
  return time.toISOString().replace(/\.\d{3}Z$/, `${micros}Z`);
}
