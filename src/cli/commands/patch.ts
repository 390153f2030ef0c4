import { readFileSync } from "node:fs";
import { option, string } from "@oclif/core/flags";
import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { OutgoingObject } from "../../client/api-client.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { reportChange, requireSome } from "../change/change-objects.ts";
import { dryRunFlag, outputFlag, withDryRunValue } from "../flags.ts";
import { selectAddresses } from "../objects/select.ts";

export default class Patch extends BaseCommand {
  static override summary = "Change fields of an object.";
  static override usage = "patch TYPE NAME|TYPE/NAME... -p PATCH|--patch-file FILE [--type TYPE]";
  static override strict = false;
  static override examples = [
    `<%= config.bin %> patch plugin/system-monitor -p '{"spec":{"replicas":2}}'`,
    `<%= config.bin %> patch plugin/system-monitor --type=json -p '[{"op":"remove","path":"/spec/config"}]'`,
  ];
  static override flags = {
    ...namespaceFlag,
    ...dryRunFlag,
    "field-manager": string({ hidden: true, description: "Taken for kubectl's sake." }),
    output: outputFlag(["text", "name", "json", "yaml"]),
    patch: string({ char: "p", description: "The patch, as JSON or YAML.", helpValue: "PATCH" }),
    "patch-file": string({ description: "A file with the patch.", helpValue: "FILE" }),
    subresource: string({ description: "Of this subresource.", helpValue: "status|scale" }),
    type: option({
      options: ["merge", "json", "strategic"] as const,
      default: "merge",
      description: "Form of the patch; strategic: only for Kubernetes' own kinds.",
    })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Patch, withDryRunValue(this.argv));
    const { namespace, output, type, subresource } = flags;
    const dryRun = flags["dry-run"];
    const patch = await patchOf(flags.patch, flags["patch-file"]);
    const print = (text: string) => this.print(text);
    await this.withClient("ifStateExists", async (client) => {
      const words = argv.map(String);
      const selection = { words, namespace, selector: undefined, isAll: false };
      for (const address of requireSome(await selectAddresses(client, selection))) {
        const before = await client.get(address);
        const options = { type, subresource, dryRun: dryRun !== "none" };
        const after = await client.patch(address, patch, options);
        const word = isSame(before, after) ? "patched (no change)" : "patched";
        await reportChange(address, after, { word, output, dryRun, print });
      }
    });
  }
}

function isSame(before: StoredObject, after: StoredObject): boolean {
  return before.metadata.resourceVersion === after.metadata.resourceVersion;
}

async function patchOf(
  text: string | undefined,
  file: string | undefined,
): Promise<OutgoingObject | readonly unknown[]> {
  if ((text === undefined) === (file === undefined))
    throw new PortunixError("BadRequest", "give either -p or --patch-file");
  const { parseYaml } = await import("../output/to-yaml.ts");
  const value = parseYaml(text ?? readPatch(file ?? ""));
  if (typeof value === "object" && value !== null) return value as OutgoingObject;
  throw new PortunixError("BadRequest", "the patch must be an object, or a list for --type=json");
}

function readPatch(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new PortunixError("BadRequest", `cannot read ${file}: ${String(thrown)}`, {
      cause: thrown,
    });
  }
}
