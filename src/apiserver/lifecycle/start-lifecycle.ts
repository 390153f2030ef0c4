import type { Clock } from "../../base/clock.ts";
import type { Subscription } from "../ports.ts";
import { startCustomResources } from "./custom-resources.ts";
import type { LifecycleOptions } from "./namespaces.ts";
import { startNamespaces } from "./namespaces.ts";

/** Starts what a cluster does by itself for namespaces and for the kinds that clients define. */
export function startLifecycle(
  options: LifecycleOptions & { readonly clock: Clock },
): Subscription {
  // Kinds first, so that namespaces know all that they may hold.
  const parts = [startCustomResources(options), startNamespaces(options)];
  return {
    close() {
      for (const part of parts.toReversed()) part.close();
    },
  };
}
