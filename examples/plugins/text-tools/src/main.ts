import { createHash } from "node:crypto";
import { servePlugin } from "../../../sdk/serve-plugin.ts";

const textArgument = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
};

await servePlugin({
  name: "text-tools",
  version: "1.0.0",
  description: "Small jobs on text: hashes, JSON, words.",
  capabilities: ["text-processing"],
  commands: {
    sha256: (args) => hash(args.join(" ")),
    json: (args) => formatJson(args.join(" ")),
    words: (args) => String(args.join(" ").split(/\s+/).filter(Boolean).length),
  },
  tools: [
    {
      name: "hash_text",
      description: "The SHA-256 digest of a text, as hexadecimal digits.",
      schema: textArgument,
      call: ({ text }) => hash(String(text)),
    },
    {
      name: "format_json",
      description: "A JSON text, indented and with its keys sorted.",
      schema: textArgument,
      call: ({ text }) => formatJson(String(text)),
    },
  ],
});

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function formatJson(text: string): string {
  return JSON.stringify(sortKeys(JSON.parse(text)), undefined, 2);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sortKeys(member)]));
}
