/** The structural schema of the status of a Plugin, beside that of its spec in plugin-schema.ts. */

const time = { type: "string", description: "RFC 3339." } as const;

export const pluginStatusSchema = {
  type: "object",
  description: "What was last observed. Written by the controller.",
  "x-kubernetes-preserve-unknown-fields": true,
  properties: {
    observedGeneration: { type: "integer", description: "The generation this status is about." },
    phase: {
      type: "string",
      enum: ["Created", "Installed", "Enabled", "Started", "Running", "Stopped", "Disabled"],
      description: "Place in the plugin life cycle. For programs, conditions are better.",
    },
    ready: {
      type: "string",
      description: "Ready replicas of wanted ones, such as 1/1; True or False for one that rests.",
    },
    replicas: { type: "integer", description: "Instances that exist." },
    readyReplicas: { type: "integer", description: "Instances that are ready." },
    restarts: { type: "integer", description: "Restarts since the object was created." },
    nextAction: { type: "string", description: "What the controller does next." },
    nextActionTime: { ...time, description: "When it does it, RFC 3339." },
    lastAppliedRevision: {
      type: "string",
      description: "Digest of what the instances were last started from.",
    },
    lastGoodRevision: { type: "string", description: "The last revision that became Ready." },
    installed: {
      type: "object",
      description: "The package on disk.",
      properties: {
        name: { type: "string", description: "Name of the package." },
        version: { type: "string", description: "Version of the package." },
        digest: { type: "string", description: "sha256 of the package's tree." },
      },
    },
    blockers: {
      type: "array",
      description: "What keeps this plugin from being Ready, root causes first.",
      items: {
        type: "object",
        required: ["reason", "message"],
        properties: {
          reason: { type: "string", description: "CamelCase, for programs." },
          message: { type: "string", description: "What is missing, and what would help." },
          object: { type: "string", description: "The object waited for, `plugin/NAME`." },
        },
      },
    },
    instances: {
      type: "array",
      description: "The processes.",
      items: {
        type: "object",
        required: ["id", "ordinal", "state", "ready"],
        properties: {
          id: { type: "string", description: "8 hex digits." },
          ordinal: { type: "integer", description: "0 to replicas-1." },
          state: { type: "string", description: "State of the process." },
          pid: { type: "integer", description: "Process id." },
          ready: { type: "boolean", description: "Whether it serves." },
          startedAt: time,
          address: { type: "string", description: "Where its gRPC server listens." },
          revision: { type: "string", description: "Digest of what it was started from." },
          reason: { type: "string", description: "Why it is unhealthy or has ended." },
          message: { type: "string", description: "The last probe's failure, or how it ended." },
          exitCode: { type: "integer", description: "Of one that has ended by itself." },
        },
      },
    },
    slots: {
      type: "array",
      description: "How the instances of each ordinal have been ending.",
      items: {
        type: "object",
        required: ["ordinal", "restarts"],
        properties: {
          ordinal: { type: "integer", description: "0 to replicas-1." },
          restarts: { type: "integer", description: "Restarts since the object was created." },
          lastReason: { type: "string", description: "Why the last one ended." },
          lastMessage: { type: "string", description: "How the last one ended." },
        },
      },
    },
    desiredState: {
      type: "string",
      description: "What it is brought to; by the package's type where the spec leaves it out.",
    },
    updateRevision: { type: "string", description: "The revision that instances are to have." },
    restartedAt: { type: "string", description: "The restart that updateRevision has taken in." },
    conditions: {
      type: "array",
      description: "Observations, by type.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: {
        type: "object",
        required: ["type", "status", "reason", "message", "lastTransitionTime"],
        properties: {
          type: { type: "string", description: "Such as Ready." },
          status: {
            type: "string",
            enum: ["True", "False", "Unknown"],
            description: "True | False | Unknown.",
          },
          reason: { type: "string", description: "CamelCase, for programs." },
          message: { type: "string", description: "For people." },
          observedGeneration: { type: "integer", description: "The generation observed." },
          lastTransitionTime: time,
        },
      },
    },
  },
} as const;
