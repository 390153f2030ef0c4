/**
 * The structural schema of `kind: Plugin`: the one source of its TypeScript type, its validator,
 * its defaults, the editors' JSON Schema and (with the CRD) what `kubectl explain` prints. It keeps
 * to the Kubernetes rules for structural schemas: no $ref, no top-level oneOf, a type at each node.
 *
 * A default that is an object (`{}`) makes the defaults below it apply when the field is left out.
 */

const seconds = (description: string, defaultValue: number, minimum = 0) =>
  ({ type: "integer", minimum, maximum: 86_400, default: defaultValue, description }) as const;

const strings = (description: string) =>
  ({
    type: "array",
    maxItems: 256,
    items: { type: "string", minLength: 1, maxLength: 4096 },
    description,
  }) as const;

const probeFields = {
  initialDelaySeconds: seconds("Seconds after the process starts before the first probe.", 0),
  timeoutSeconds: seconds("Seconds after which a probe without an answer has failed.", 3, 1),
  successThreshold: {
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 1,
    description: "Successes in a row that count as healthy. Must be 1 for startup and liveness.",
  },
} as const;

const failureThreshold = (defaultValue: number) =>
  ({
    type: "integer",
    minimum: 1,
    maximum: 1000,
    default: defaultValue,
    description: "Failures in a row that count as unhealthy.",
  }) as const;

const probe = (description: string, period: number, failures: number) =>
  ({
    type: "object",
    additionalProperties: false,
    default: {},
    description,
    properties: {
      ...probeFields,
      periodSeconds: seconds("Seconds between probes.", period, 1),
      failureThreshold: failureThreshold(failures),
    },
  }) as const;

export const permissionsSchema = {
  type: "object",
  additionalProperties: false,
  description: "What a plugin may reach. Nothing that is not named here.",
  properties: {
    filesystem: {
      type: "object",
      additionalProperties: false,
      description: "Directories and files, absolute paths; a directory includes what is below it.",
      properties: {
        read: strings("Paths that may be read."),
        write: strings("Paths that may be written, besides the plugin's own data directory."),
      },
    },
    network: {
      type: "object",
      additionalProperties: false,
      description: "Network reach.",
      properties: { outbound: strings("host:port pairs that may be connected to.") },
    },
    system: {
      type: "object",
      additionalProperties: false,
      description: "Use of the operating system.",
      properties: {
        execute: strings("Programs that may be run, by name."),
        environment: strings("Variables of the daemon's environment that are passed on."),
      },
    },
  },
} as const;

export const pluginSpecSchema = {
  type: "object",
  additionalProperties: false,
  required: ["source"],
  description: "What the user wants of this plugin.",
  properties: {
    source: {
      type: "object",
      additionalProperties: false,
      required: ["path"],
      description: "Where the package comes from.",
      properties: {
        path: {
          type: "string",
          minLength: 1,
          maxLength: 4096,
          description:
            "A directory with plugin.yaml, or a .tgz of one. Relative to the manifest it is written in.",
        },
      },
    },
    version: {
      type: "string",
      minLength: 1,
      maxLength: 256,
      format: "semver-range",
      description: "Range of versions that the package must satisfy, such as `>=1.0.0 <2`.",
    },
    desiredState: {
      type: "string",
      enum: ["Running", "Enabled", "Stopped", "Installed", "Disabled"],
      description:
        "Running | Enabled (alias Stopped) | Installed (alias Disabled). Left out: Running for service and mcp packages, Enabled for tools.",
    },
    replicas: {
      type: "integer",
      minimum: 0,
      maximum: 100,
      default: 1,
      description: "Number of instances while desiredState is Running.",
    },
    config: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      description: "Configuration, checked against the package's `configuration`.",
    },
    configFrom: {
      type: "array",
      maxItems: 64,
      description: "Configuration values taken from other objects of the namespace.",
      items: {
        type: "object",
        additionalProperties: false,
        properties: {
          secretRef: {
            type: "object",
            additionalProperties: false,
            required: ["name"],
            description: "A Secret.",
            properties: {
              name: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "Name of the Secret.",
              },
              key: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "One key; left out: all keys.",
              },
              as: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "Configuration key; left out: the Secret's.",
              },
            },
          },
          configMapRef: {
            type: "object",
            additionalProperties: false,
            required: ["name"],
            description: "A ConfigMap.",
            properties: {
              name: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "Name of the ConfigMap.",
              },
              key: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "One key; left out: all keys.",
              },
              as: {
                type: "string",
                minLength: 1,
                maxLength: 253,
                description: "Configuration key; left out: the ConfigMap's.",
              },
            },
          },
        },
      },
    },
    permissions: {
      ...permissionsSchema,
      description: "What the operator grants. Less than what the package asks for = not started.",
    },
    dependsOn: {
      type: "array",
      maxItems: 64,
      description: "Plugins of the same namespace that must hold before this one starts.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1, maxLength: 63, description: "Name of the Plugin." },
          condition: {
            type: "string",
            enum: ["Ready", "Started"],
            default: "Ready",
            description: "Ready: answering. Started: its process is up.",
          },
        },
      },
    },
    probes: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "How health is asked for. Startup gates the other two; readiness never kills.",
      properties: {
        startup: probe("Whether the process has come up; failing kills it.", 1, 30),
        readiness: probe("Whether it can serve; failing takes it out of service.", 5, 3),
        liveness: probe("Whether it is alive; failing restarts it.", 10, 3),
      },
    },
    restart: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "When and how soon an instance that ended is started again.",
      properties: {
        policy: {
          type: "string",
          enum: ["Always", "OnFailure", "Never"],
          default: "Always",
          description: "Always | OnFailure (exit code not 0) | Never.",
        },
        initialDelaySeconds: seconds("Wait before the second restart; the first is immediate.", 1),
        maxDelaySeconds: seconds(
          "Longest wait between restarts; the wait doubles up to it.",
          60,
          1,
        ),
        resetAfterSeconds: seconds("Seconds of health after which the wait starts anew.", 600, 1),
      },
    },
    update: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "How a changed revision replaces the running one.",
      properties: {
        strategy: {
          type: "string",
          enum: ["Handover", "RollingUpdate", "Recreate"],
          default: "Handover",
          description:
            "Recreate stops the old instance first. Handover and RollingUpdate are carried out as Recreate for now.",
        },
        minReadySeconds: seconds(
          "Seconds of readiness before a new instance counts as available. Kept, not acted on yet.",
          5,
        ),
        progressDeadlineSeconds: seconds(
          "Seconds without progress after which the plugin is Stalled.",
          120,
          1,
        ),
        autoRollback: {
          type: "boolean",
          default: true,
          description:
            "Go back to the last good revision when a new one fails. Kept, not acted on yet.",
        },
      },
    },
    terminationGracePeriodSeconds: seconds("Seconds from the request to stop until the kill.", 10),
    suspend: {
      type: "boolean",
      default: false,
      description: "Leave everything as it is until this is false again. Deletion still works.",
    },
  },
} as const;
