import { formatProblem } from "../../api/manifest/problem.ts";
import type { ErrorCause, PortunixError } from "../../base/errors.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";

/** What the daemon has against an object, each fault as `file:line:col path: message`. */
export function faultLines(local: LocalObject, error: PortunixError): string[] {
  const causes = error.causes.length > 0 ? error.causes : unknownFields(error.message);
  const whole = [{ field: "", reason: "", message: error.message }];
  return (causes.length > 0 ? causes : whole).map((cause) => lineOf(local, cause));
}

function lineOf({ document }: LocalObject, { field, message }: ErrorCause): string {
  const part = message.startsWith("unknown field") ? "key" : "value";
  const { line, column } = field === "" ? document : document.locate(field, part);
  return formatProblem({ file: document.file, line, column, path: field, message });
}

/** Kubernetes names unknown fields in the message alone: `unknown field "spec.foo", unknown field ...`. */
function unknownFields(message: string): ErrorCause[] {
  return [...message.matchAll(/unknown field "([^"]+)"((?:, did you mean "[^"]*"\?)?)/g)].map(
    (match) => ({
      field: match[1] ?? "",
      reason: "FieldValueForbidden",
      message: `unknown field${match[2] ?? ""}`,
    }),
  );
}
