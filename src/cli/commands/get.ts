import { boolean, integer, string } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { outputFormatFlag, selectorFlag } from "../flags.ts";
import { getObjects } from "../get/get-objects.ts";
import { parseFormat, sorterOf } from "../get/output-format.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { findTypes, unknownTypeOffline } from "../objects/find-types.ts";
import { parseTargets } from "../objects/targets.ts";

export default class Get extends BaseCommand {
  static override summary = "Show objects, as a table or in full.";
  static override usage = "get TYPE[,TYPE] [NAME...] | TYPE/NAME...";
  static override strict = false;
  static override examples = [
    "<%= config.bin %> get plugins",
    "<%= config.bin %> get plugin system-monitor -o yaml",
    "<%= config.bin %> get plugins -l tier=core -w",
    "<%= config.bin %> get plugins -o custom-columns=NAME:.metadata.name,PHASE:.status.phase",
    "<%= config.bin %> get plugins --sort-by=.metadata.creationTimestamp",
  ];
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...outputFormatFlag,
    "all-namespaces": boolean({ char: "A", description: "Look in all namespaces." }),
    "chunk-size": integer({
      min: 0,
      default: 0,
      description: "Ask for long lists in parts of so many objects; 0: all at once.",
      helpValue: "COUNT",
    }),
    "field-selector": string({ description: "Such as metadata.name=x.", helpValue: "FIELDS" }),
    "ignore-not-found": boolean({ description: "What is not there is no error." }),
    "label-columns": string({
      char: "L",
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      description: "A column for this label. May be repeated.",
      helpValue: "LABEL",
    }),
    "no-headers": boolean({ description: "Leave the header out." }),
    raw: string({ description: "Print what the daemon answers at this path.", helpValue: "PATH" }),
    "show-labels": boolean({ description: "A column with all labels." }),
    "show-managed-fields": boolean({ description: "Also show who set which field." }),
    "sort-by": string({
      description: "In the order of this field, such as .metadata.creationTimestamp.",
      helpValue: "JSONPATH",
    }),
    watch: boolean({ char: "w", description: "Go on with each change." }),
    "watch-only": boolean({ description: "Show each change, and not what is there now." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Get);
    const { raw } = flags;
    if (raw !== undefined) {
      this.print(await this.withClient("ifStateExists", (client) => client.read(raw)));
      return;
    }
    const words = this.words(argv.map(String));
    const hasHeaders = !flags["no-headers"];
    const sortBy = flags["sort-by"];
    const format = parseFormat(flags.output, { hasHeaders, width: this.width });
    const show = async (client: ApiClient) =>
      getObjects(client, {
        ...format,
        targets: parseTargets(words, await findTypes(client, words)),
        namespace: flags["all-namespaces"] ? undefined : flags.namespace,
        labelSelector: flags.selector,
        fieldSelector: flags["field-selector"],
        chunkSize: flags["chunk-size"],
        sortBy: sortBy === undefined ? undefined : sorterOf(sortBy),
        showLabels: flags["show-labels"],
        showManagedFields: flags["show-managed-fields"],
        labelColumns: flags["label-columns"].flatMap((label) => label.split(",")),
        hasHeaders,
        isMissingFine: flags["ignore-not-found"],
        isWatching: flags.watch || flags["watch-only"],
        isWatchOnly: flags["watch-only"],
        width: this.width,
        print: (text) => this.print(text),
        say: (text) => this.say(text),
      });
    await this.withClient("ifStateExists", show).catch((thrown: unknown) => {
      throw unknownTypeOffline(thrown, words);
    });
  }

  /** What to show, in the words of this command. */
  protected words(argv: readonly string[]): string[] {
    return [...argv];
  }
}
