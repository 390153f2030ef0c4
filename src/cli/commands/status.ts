import { boolean } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { outputFlag, selectorFlag } from "../flags.ts";
import { textOf } from "../output/object-text.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import { readSummary, summaryText } from "../status/summary.ts";

/** What `--exit-code` answers when nothing can be learnt. */
const UNKNOWN_EXIT = 2;

export default class Status extends BaseCommand {
  static override summary = "Show how far everything is from what is wanted.";
  static override description =
    "With --exit-code: 0 converged, 10 pending, 11 drift, 12 degraded, 13 progressing, 14 stalled, 15 invalid source, 2 no answer; the worst wins.";
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    "all-namespaces": boolean({ char: "A", description: "Of all namespaces." }),
    "exit-code": boolean({ description: "Tell it by the exit status too." }),
    output: outputFlag(["table", "wide", "json", "yaml", "name"]),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const namespace = flags["all-namespaces"] ? undefined : flags.namespace;
    const summary = await this.withClient("ifStateExists", (client) =>
      readSummary(client, { namespace, labelSelector: flags.selector }),
    );
    if (flags.output === "json" || flags.output === "yaml") {
      this.print(await textOf(summary, flags.output));
    } else if (flags.output === "name") {
      for (const { name } of summary.plugins) this.print(`${labelOf("Plugin", name)}\n`);
    } else {
      const width = flags.output === "wide" ? undefined : this.width;
      this.print(summaryText(summary, { style: this.style, width }));
    }
    if (flags["exit-code"]) process.exitCode = summary.code;
  }

  protected override async catch(thrown: unknown): Promise<void> {
    await super.catch(thrown);
    if (this.argv.includes("--exit-code")) process.exitCode = UNKNOWN_EXIT;
  }
}
