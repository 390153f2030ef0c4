import { PortunixError } from "../../base/errors.ts";
import type { DaemonInfo } from "../../client/api-client.ts";
import { BaseCommand } from "../base-command.ts";
import { outputFlag } from "../flags.ts";
import { textOf } from "../output/object-text.ts";
import { VERSION } from "../package-facts.ts";

export default class Version extends BaseCommand {
  static override summary = "Show the versions of this program and of the daemon.";
  static override flags = { output: outputFlag(["text", "json", "yaml"]) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const daemon = await this.daemon();
    const versions = {
      client: VERSION,
      node: process.version,
      ...(daemon === undefined ? {} : { daemon: daemon.version }),
    };
    if (flags.output !== "text") {
      this.print(await textOf(versions, flags.output));
      return;
    }
    const running = daemon === undefined ? "not running" : `${daemon.version} (pid ${daemon.pid})`;
    this.print(`client ${VERSION} (Node ${process.version})\ndaemon ${running}\n`);
  }

  private async daemon(): Promise<DaemonInfo | undefined> {
    try {
      return await this.withClient("never", (client) => client.daemonInfo());
    } catch (thrown) {
      if (thrown instanceof PortunixError && thrown.code === "DaemonUnreachable") return undefined;
      throw thrown;
    }
  }
}
