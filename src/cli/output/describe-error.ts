import type { PortunixError } from "../../base/errors.ts";
import type { Style } from "./style.ts";

/** The text of an error for people: what failed, then each cause on a line of its own. */
export function describeError(error: PortunixError, style: Style): string {
  const causes = error.causes
    .filter(({ message }) => message !== "" && !error.message.includes(message))
    .map(({ field, message }) => `  ${field === "" ? "" : `${field}: `}${message}`);
  return [`${style("red", "Error:")} ${error.message}${hintFor(error)}`, ...causes].join("\n");
}

/** Kubernetes' own words say what is missing, but not where to look for what is there. */
function hintFor({ code, message }: PortunixError): string {
  const plural = /^([a-z]+)(?:\.\S+)? "[^"]*" not found$/.exec(message)?.[1];
  return code === "NotFound" && plural !== undefined ? `; see: portunix get ${plural}` : "";
}
