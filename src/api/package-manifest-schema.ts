import { permissionsSchema } from "./plugin-schema.ts";

/** The schema of `plugin.yaml`, what an author ships: every field of the architecture document. */

const text = (description: string) => ({ type: "string", maxLength: 4096, description }) as const;
const port = (description: string) =>
  ({ type: "integer", minimum: 1, maximum: 65_535, description }) as const;

const versionRanges = (description: string) =>
  ({
    type: "array",
    maxItems: 256,
    description,
    items: {
      type: "object",
      minProperties: 1,
      additionalProperties: { type: "string", minLength: 1, format: "semver-range" },
    },
  }) as const;

const settings = (description: string) =>
  ({
    type: "object",
    description,
    additionalProperties: {
      type: "object",
      additionalProperties: false,
      required: ["type"],
      properties: {
        type: {
          type: "string",
          enum: ["string", "integer", "number", "boolean", "array", "object"],
          description: "JSON type of the value.",
        },
        description: text("What it is for."),
        default: { description: "Value when left out." },
        sensitive: {
          type: "boolean",
          default: false,
          description: "Never shown, never in the environment.",
        },
        enum: { type: "array", items: {}, description: "The values allowed." },
      },
    },
  }) as const;

const freeForm = { type: "object", additionalProperties: true } as const;

export const packageManifestSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "version", "runtime"],
  properties: {
    name: {
      type: "string",
      pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
      maxLength: 63,
      description: "Name of the package.",
    },
    version: {
      type: "string",
      format: "semver",
      maxLength: 256,
      description: "Semantic version, 2.0.0.",
    },
    description: text("One sentence."),
    author: text("Who made it."),
    license: text("SPDX expression."),
    type: {
      type: "string",
      enum: ["service", "tool", "mcp"],
      default: "service",
      description: "service: runs continuously. tool: started on demand. mcp: tools for AI agents.",
    },
    capabilities: {
      type: "array",
      default: [],
      items: text("A capability."),
      description: "What it can do.",
    },
    runtime: {
      type: "object",
      additionalProperties: false,
      required: ["main"],
      description: "How the process is started.",
      properties: {
        language: {
          type: "string",
          enum: ["native", "go", "rust", "node", "javascript", "typescript", "python", "java"],
          default: "native",
          description: "Which interpreter runs `main`; native, go and rust run it as it is.",
        },
        main: {
          type: "string",
          minLength: 1,
          maxLength: 1024,
          description: "Program, script or jar, relative to the package.",
        },
        args: {
          type: "array",
          maxItems: 256,
          items: { type: "string", maxLength: 4096 },
          description: "Arguments; {port} {healthPort} {socket} {config} {dataDir} are filled in.",
        },
        env: {
          type: "object",
          additionalProperties: { type: "string", maxLength: 32_768 },
          description: "Extra environment; the same templates as in `args`.",
        },
        port: port(
          "The TCP port it prefers. With it, the plugin gets TCP instead of a unix socket.",
        ),
        health_check_port: port("The TCP port of a separate health server it prefers."),
      },
    },
    dependencies: {
      type: "object",
      additionalProperties: false,
      description: "What it needs around it.",
      properties: {
        system: versionRanges("Programs, with version ranges."),
        plugins: versionRanges(
          "Packages, with semver ranges, that must be running in the namespace.",
        ),
      },
    },
    permissions: { ...permissionsSchema, description: "What it asks for." },
    configuration: {
      type: "object",
      additionalProperties: false,
      description: "The configuration it takes.",
      properties: {
        required: settings("Must be given."),
        optional: settings("May be given."),
      },
    },
    mcp: {
      type: "object",
      additionalProperties: false,
      description: "Tools for AI agents.",
      properties: {
        tools: {
          type: "array",
          maxItems: 256,
          items: {
            type: "object",
            additionalProperties: false,
            required: ["name"],
            properties: {
              name: text("Name of the tool."),
              description: text("What it does, written for an agent."),
              parameters: { ...freeForm, description: "Its parameters, by name." },
            },
          },
        },
      },
    },
    api: {
      type: "object",
      additionalProperties: false,
      description: "REST endpoints.",
      properties: {
        endpoints: {
          type: "array",
          maxItems: 256,
          items: {
            type: "object",
            additionalProperties: false,
            required: ["path", "method", "handler"],
            properties: {
              path: text("Path below the plugin's own."),
              method: {
                type: "string",
                enum: ["GET", "POST", "PUT", "PATCH", "DELETE"],
                description: "HTTP method.",
              },
              handler: text("Command that Execute gets."),
            },
          },
        },
      },
    },
  },
} as const;
