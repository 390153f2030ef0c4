import { badRequest } from "../status-error.ts";

/** One field as it is on the wire: `value` is the number of a varint, or the bytes of anything longer. */
export type WireField =
  | { readonly number: number; readonly type: "varint"; readonly value: bigint }
  | { readonly number: number; readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly number: number; readonly type: "fixed"; readonly value: Uint8Array };

/**
 * The fields of one message, in their order. Reads nothing outside `bytes` whatever they say.
 * Throws BadRequest on what is cut short, too long, or of a wire type that proto3 has not.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < VARINT_MAX_BITS; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw malformed("it ends within a number");
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed("a number has more than ten bytes");
  };
  const take = (length: bigint): Uint8Array => {
    if (length > BigInt(bytes.length - at)) throw malformed("it ends within a field");
    const start = at;
    at += Number(length);
    return bytes.subarray(start, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number < 1 || number > FIELD_NUMBER_MAX) throw malformed(`there is no field ${number}`);
    const wireType = Number(tag & 7n);
    if (wireType === VARINT) yield { number, type: "varint", value: varint() };
    else if (wireType === LENGTH) yield { number, type: "bytes", value: take(varint()) };
    else if (wireType === FIXED_64) yield { number, type: "fixed", value: take(8n) };
    else if (wireType === FIXED_32) yield { number, type: "fixed", value: take(4n) };
    else throw malformed(`field ${number} has the unknown wire type ${wireType}`);
  }
}

export function malformed(reason: string): Error {
  return badRequest(`the body of the request is not valid protobuf: ${reason}`);
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;
/** Ten bytes of seven bits hold any 64-bit number. */
const VARINT_MAX_BITS = 70n;
const FIELD_NUMBER_MAX = 2 ** 29 - 1;
