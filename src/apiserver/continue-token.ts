import { badRequest } from "./status-error.ts";

/** Where the next part of a list begins, and of which state it is. */
export interface ContinueToken {
  readonly resourceVersion: string;
  /** The last object of the part before. */
  readonly namespace: string;
  readonly name: string;
}

const VERSION = "meta.k8s.io/v1";

/** Opaque to clients. */
export function encodeToken({ resourceVersion, namespace, name }: ContinueToken): string {
  const value = { v: VERSION, rv: Number(resourceVersion), start: `${namespace}/${name}` };
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Throws BadRequest on what is no token of ours. */
export function decodeToken(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  const slash = typeof start === "string" ? start.indexOf("/") : -1;
  if (v !== VERSION || typeof start !== "string" || slash < 0) throw notValid();
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv < 0) throw notValid();
  return {
    resourceVersion: String(rv),
    namespace: start.slice(0, slash),
    name: start.slice(slash + 1),
  };
}

function parse(text: string): {
  readonly v?: unknown;
  readonly rv?: unknown;
  readonly start?: unknown;
} {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    throw notValid();
  }
}

function notValid(): Error {
  return badRequest("continue key is not valid: send the one of the list before, or none");
}
