import { option } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { descriptionText, readDescription } from "../describe/describe-object.ts";
import { selectorFlag } from "../flags.ts";
import { selectAddresses } from "../objects/select.ts";

export default class Describe extends BaseCommand {
  static override summary =
    "Show all about an object: spec, package, conditions, instances, events.";
  static override usage = "describe TYPE NAME... | TYPE/NAME... | TYPE [-l LABELS]";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    output: option({
      char: "o",
      options: ["text", "json", "yaml"] as const,
      default: "text",
      description: "Form of the output.",
    })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Describe);
    const words = this.words(argv.map(String));
    const isAll = words.length === 1 && words[0]?.includes("/") === false;
    const { namespace, selector } = flags;
    const { toYaml } = await import("../output/to-yaml.ts");
    await this.withClient("ifStateExists", async (client) => {
      const addresses = await selectAddresses(client, { words, namespace, selector, isAll });
      if (addresses.length === 0) this.say(`No resources found in ${namespace} namespace.`);
      for (const [index, address] of addresses.entries()) {
        const description = await readDescription(client, address);
        if (index > 0) this.print(flags.output === "json" ? "" : "\n---\n");
        if (flags.output === "json") this.print(`${JSON.stringify(description, undefined, 2)}\n`);
        else if (flags.output === "yaml") this.print(toYaml(description));
        else this.print(descriptionText(description, { toYaml, nowMs: Date.now() }));
      }
    });
  }

  /** What to show, in the words of this command. */
  protected words(argv: readonly string[]): string[] {
    return [...argv];
  }
}
