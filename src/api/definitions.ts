import { configMapDefinition } from "./config-map-definition.ts";
import { crdDefinition } from "./crd/crd-definition.ts";
import { emptyDefinitions } from "./empty-definitions.ts";
import { eventDefinition } from "./event-definition.ts";
import { leaseDefinition } from "./lease-definition.ts";
import { namespaceDefinition } from "./namespace-definition.ts";
import { pluginDefinition } from "./plugin-definition.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { secretDefinition } from "./secret-definition.ts";

/** Every kind that is served. A new kind is one file, and one line here. */
export const allDefinitions: readonly ResourceDefinition[] = [
  pluginDefinition,
  eventDefinition,
  namespaceDefinition,
  configMapDefinition,
  secretDefinition,
  leaseDefinition,
  crdDefinition,
  ...emptyDefinitions,
];
