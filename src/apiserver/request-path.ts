import { badRequest } from "./status-error.ts";

/** A request target, taken apart. */
export interface RequestPath {
  /** Decoded, none of them empty. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** No Kubernetes name is longer. */
const SEGMENT_MAX_LENGTH = 253;

/** Throws BadRequest on a path that no client has a reason to send. */
export function parsePath(target: string): RequestPath {
  const [path = "", ...rest] = target.split("?");
  const segments = path.split("/").filter((segment) => segment !== "");
  return {
    segments: segments.map(decodeSegment),
    query: new URLSearchParams(rest.join("?")),
  };
}

/** As Kubernetes: a path segment name may not be `.` or `..`, nor hold `/` or `%`. */
function decodeSegment(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path segment ${JSON.stringify(segment)} is not valid percent-encoding`);
  }
  if (text === "." || text === ".." || /[/%\p{Cc}]/u.test(text))
    throw badRequest(
      `invalid path segment ${JSON.stringify(text)}: it may not be "." or "..", nor hold "/", "%" or control characters`,
    );
  if (text.length > SEGMENT_MAX_LENGTH)
    throw badRequest(
      `the path segment ${JSON.stringify(`${text.slice(0, 32)}...`)} is longer than ${SEGMENT_MAX_LENGTH} characters`,
    );
  return text;
}
