/** Fails to compile when a union gains a member that a switch does not handle; throws if one slips through. */
export function assertNever(value: never): never {
  throw new RangeError(`unexpected value: ${JSON.stringify(value)}`);
}
