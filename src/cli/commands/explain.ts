import { boolean, string } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import { BaseCommand } from "../base-command.ts";
import { explainText } from "../explain/explain-text.ts";
import { offlineKind, servedKind } from "../explain/find-kind.ts";
import type { ExplainedKind } from "../explain/open-api-document.ts";

export default class Explain extends BaseCommand {
  static override summary = "Tell what a kind and its fields are.";
  static override usage = "explain TYPE[.FIELD...] [--recursive]";
  static override strict = false;
  static override examples = [
    "<%= config.bin %> explain plugin",
    "<%= config.bin %> explain plugin.spec.probes.readiness",
    "<%= config.bin %> explain plugin.spec --recursive",
  ];
  static override flags = {
    "api-version": string({ description: "Of this version.", helpValue: "GROUP/VERSION" }),
    recursive: boolean({ description: "The names of all fields below, without their texts." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain);
    const [word, ...others] = argv.map(String);
    if (word === undefined || others.length > 0)
      throw new PortunixError("BadRequest", "name one type, as in: plugin or plugin.spec");
    const [type = "", ...path] = word.split(".");
    const kind = await this.kind(type, flags["api-version"]);
    this.print(explainText(kind, { path, isRecursive: flags.recursive }));
  }

  /** From the daemon, which knows more kinds; without one, from this program. */
  private async kind(type: string, apiVersion: string | undefined): Promise<ExplainedKind> {
    try {
      return await this.withClient("never", (client) => servedKind(client, type, apiVersion));
    } catch (thrown) {
      const isAlone = thrown instanceof PortunixError && thrown.code === "DaemonUnreachable";
      if (!isAlone) throw thrown;
      return offlineKind(type, apiVersion);
    }
  }
}
