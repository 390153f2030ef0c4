import { stopDaemon } from "../../../client/stop-daemon.ts";
import { BaseCommand } from "../../base-command.ts";
import { timeoutFlag } from "../../flags.ts";
import { parseTimeout } from "../../waiting/parse-timeout.ts";

export default class DaemonStop extends BaseCommand {
  static override summary =
    "Stop the daemon. Plugins go on running; the next daemon takes them over.";
  static override flags = timeoutFlag("30s");

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonStop);
    const deadlineMs = parseTimeout(flags.timeout);
    const { pid } = await this.withClient("never", (client) =>
      stopDaemon(client, { home: this.home, deadlineMs }),
    );
    this.print(`daemon stopped (pid ${pid}); plugins go on running\n`);
  }
}
