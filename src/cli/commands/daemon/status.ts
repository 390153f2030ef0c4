import { BaseCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { textOf } from "../../output/object-text.ts";
import { ageOf } from "../../output/age.ts";

export default class DaemonStatus extends BaseCommand {
  static override summary = "Show whether a daemon runs, and where.";
  static override flags = { output: outputFlag(["table", "json", "yaml"]) };

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonStatus);
    const info = await this.withClient("never", (client) => client.daemonInfo());
    if (flags.output !== "table") {
      this.print(await textOf(info, flags.output));
      return;
    }
    const facts = {
      "pid:": String(info.pid),
      "version:": info.version,
      "home:": info.home,
      "socket:": info.socket,
      "up for:": ageOf(info.startedAt, Date.now()),
      "manifests:": info.manifests.join(", ") || "none",
    };
    for (const [name, value] of Object.entries(facts)) this.print(`${name.padEnd(12)}${value}\n`);
  }
}
