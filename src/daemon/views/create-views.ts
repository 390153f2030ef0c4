import { DEFAULT_NAMESPACE, type StoredObject } from "../../api/meta.ts";
import { namespaceDefinition } from "../../api/namespace-definition.ts";
import { pluginDefinition } from "../../api/plugin-definition.ts";
import type { Plugin } from "../../api/plugin.ts";
import {
  deploymentDefinition,
  replicaSetDefinition,
} from "../../api/views/deployment-definition.ts";
import { editPlugin } from "../../api/views/deployment-edit.ts";
import { deploymentsOf } from "../../api/views/deployments.ts";
import { type NodeFacts, nodeDefinition, nodesOf } from "../../api/views/nodes.ts";
import { podDefinition } from "../../api/views/pod-definition.ts";
import { podsOf, splitPodName, withoutPod } from "../../api/views/pods.ts";
import { NODE_NAME } from "../../api/views/plugin-replicas.ts";
import type { View } from "../../apiserver/view-ports.ts";

/** Kubernetes' own kinds, as far as they follow from Plugins and from the machine. */
export function createViews(node: NodeFacts): readonly View[] {
  return [
    {
      definition: podDefinition,
      source: pluginDefinition,
      project: (source) => podsOf(toPlugin(source)),
      sourceOf: (name) => splitPodName(name)?.plugin,
      remove: ({ source, object, nowMs }) =>
        withoutPod(toPlugin(source), object.metadata.name, nowMs),
    },
    {
      definition: deploymentDefinition,
      source: pluginDefinition,
      project: (source) => deploymentsOf(toPlugin(source)),
      sourceOf: (name) => name,
      edit: ({ source, object, wanted }) => editPlugin(toPlugin(source), object, wanted),
    },
    {
      definition: replicaSetDefinition,
      source: pluginDefinition,
      project: () => [],
      sourceOf: () => undefined,
    },
    {
      definition: nodeDefinition,
      source: namespaceDefinition,
      project: (source) => nodesOf(source, node),
      sourceOf: (name) => (name === NODE_NAME ? DEFAULT_NAMESPACE : undefined),
    },
  ];
}

function toPlugin(object: StoredObject): Plugin {
  return object as Plugin;
}
