/** Protobuf's wire format, as much of it as the tests of the decoder need. */
export function join(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

export function int(number: number, value: bigint): Buffer {
  return join(varint(BigInt(number) << 3n), varint(BigInt.asUintN(64, value)));
}

export function bool(number: number, value: boolean): Buffer {
  return int(number, value ? 1n : 0n);
}

export function bytes(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = join(...parts);
  return join(varint((BigInt(number) << 3n) | 2n), varint(BigInt(content.length)), content);
}

export function text(number: number, value: string): Buffer {
  return bytes(number, Buffer.from(value));
}

export function fixed32(number: number): Buffer {
  return join(varint((BigInt(number) << 3n) | 5n), Buffer.alloc(4));
}

/** An object in Kubernetes' envelope. */
export function envelope(
  apiVersion: string,
  kind: string,
  ...parts: readonly Uint8Array[]
): Buffer {
  const typeMeta = bytes(1, text(1, apiVersion), text(2, kind));
  return join(Buffer.from("k8s\0", "latin1"), typeMeta, bytes(2, ...parts), text(4, ""));
}

function varint(value: bigint): Buffer {
  const all: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) all.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...all, Number(rest)]);
}
