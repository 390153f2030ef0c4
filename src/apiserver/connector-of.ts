import type { ResourceDefinition } from "../api/resource-definition.ts";
import { PortunixError } from "../base/errors.ts";
import type { Connector } from "./ports.ts";

/** The connectors of a kind. */
export function connectorsOf(
  { group, plural }: Pick<ResourceDefinition, "group" | "plural">,
  connectors: readonly Connector[],
): readonly Connector[] {
  return connectors.filter(
    (one) => one.plural === plural && (one.group === undefined || one.group === group),
  );
}

/** Throws MethodNotAllowed, with the reason, for a subresource that is left out on purpose. */
export function refuseLeftOut({ refusals }: ResourceDefinition, subresource: string): void {
  const reason =
    refusals !== undefined && Object.hasOwn(refusals, subresource)
      ? refusals[subresource]
      : undefined;
  if (reason !== undefined) throw new PortunixError("MethodNotAllowed", reason);
}
