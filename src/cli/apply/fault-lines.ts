import type { ManifestDocument } from "../../api/manifest/manifest-document.ts";
import { formatProblem } from "../../api/manifest/problem.ts";
import type { ErrorCause, PortunixError } from "../../base/errors.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";

/** What the daemon has against an object, each fault as `file:line:col path: message`. */
export async function faultLines(local: LocalObject, error: PortunixError): Promise<string[]> {
  const document = await local.document();
  const causes = error.causes.length > 0 ? error.causes : unknownFields(error.message);
  const whole = [{ field: "", reason: "", message: error.message }];
  return (causes.length > 0 ? causes : whole).map((cause) => lineOf(document, cause));
}

function lineOf(document: ManifestDocument, { field, message }: ErrorCause): string {
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
