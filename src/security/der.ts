/**
 * Writes DER, as much of it as a certificate needs.
 *
 * @see https://www.itu.int/rec/T-REC-X.690
 */
export const der = {
  sequence: (...items: readonly Uint8Array[]) => element(0x30, Buffer.concat(items)),
  set: (...items: readonly Uint8Array[]) => element(0x31, Buffer.concat(items)),
  boolean: (value: boolean) => element(0x01, Buffer.from([value ? 0xff : 0])),
  /** @param bytes - Of a number that is not negative, the highest first. */
  integer: (bytes: Uint8Array) => element(0x02, unsigned(bytes)),
  bitString: (bytes: Uint8Array, unusedBits = 0) =>
    element(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes])),
  octetString: (bytes: Uint8Array) => element(0x04, bytes),
  utf8String: (text: string) => element(0x0c, Buffer.from(text, "utf8")),
  /** @param dotted - Such as `2.5.4.3`. */
  oid: (dotted: string) => element(0x06, oidBytes(dotted)),
  /** UTCTime until 2049 and GeneralizedTime after, as RFC 5280 has it; whole seconds. */
  time,
  /** `[number]`, over other elements. */
  explicit: (number: number, content: Uint8Array) => element(0xa0 + number, content),
  /** `[number]`, in place of the type of what it holds. */
  implicit: (number: number, content: Uint8Array) => element(0x80 + number, content),
};

function element(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
}

/** As short as it can be, and with a zero before a first bit that would make it negative. */
function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  return (short[0] ?? 0) < 0x80 ? short : Buffer.concat([Buffer.from([0]), short]);
}

function oidBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return Buffer.from([first * 40 + second, ...rest].flatMap(base128));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(128 + (rest % 128));
  return bytes;
}

const UTC_TIME_UNTIL_YEAR = 2050;

function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:T]/g, "");
  const isUtcTime = new Date(ms).getUTCFullYear() < UTC_TIME_UNTIL_YEAR;
  const text = isUtcTime ? digits.slice(2) : digits;
  return element(isUtcTime ? 0x17 : 0x18, Buffer.from(text, "ascii"));
}
