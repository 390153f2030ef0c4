import { boolean, string } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { outputFlag, selectorFlag } from "../flags.ts";
import { getObjects } from "../get/get-objects.ts";
import { parseTargets } from "../objects/targets.ts";

export default class Get extends BaseCommand {
  static override summary = "Show objects, as a table or in full.";
  static override usage = "get TYPE[,TYPE] [NAME...] | TYPE/NAME...";
  static override strict = false;
  static override examples = [
    "<%= config.bin %> get plugins",
    "<%= config.bin %> get plugin system-monitor -o yaml",
    "<%= config.bin %> get plugins -l tier=core -w",
  ];
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    "all-namespaces": boolean({ char: "A", description: "Look in all namespaces." }),
    "field-selector": string({ description: "Such as metadata.name=x.", helpValue: "FIELDS" }),
    "no-headers": boolean({ description: "Leave the header out." }),
    output: outputFlag(["table", "wide", "json", "yaml", "name"]),
    watch: boolean({ char: "w", description: "Go on with each change." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Get);
    const targets = parseTargets(this.words(argv.map(String)));
    await this.withClient("ifStateExists", (client) =>
      getObjects(client, {
        targets,
        namespace: flags["all-namespaces"] ? undefined : flags.namespace,
        labelSelector: flags.selector,
        fieldSelector: flags["field-selector"],
        output: flags.output,
        hasHeaders: !flags["no-headers"],
        isWatching: flags.watch,
        width: this.width,
        print: (text) => this.print(text),
        say: (text) => this.say(text),
      }),
    );
  }

  /** What to show, in the words of this command. */
  protected words(argv: readonly string[]): string[] {
    return [...argv];
  }
}
