import { resolve } from "node:path";
import { createClient } from "../../../client/client.ts";
import { isDaemonReady, startDaemon } from "../../../client/autostart.ts";
import { BaseCommand } from "../../base-command.ts";
import { ownBinPath } from "../../connect.ts";
import { serveFlags } from "../../flags.ts";

export default class DaemonStart extends BaseCommand {
  static override summary = "Start the daemon in the background, if none runs.";
  static override flags = serveFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonStart);
    const client = createClient({ socketPath: this.home.socketPath });
    try {
      const wasRunning = await isDaemonReady(client);
      if (!wasRunning) {
        const serveArguments = [
          ...flags.manifests.flatMap((directory) => ["--manifests", resolve(directory)]),
          ...(flags["allow-delete"] === undefined
            ? []
            : ["--allow-delete", String(flags["allow-delete"])]),
          ...(flags.listen === undefined ? [] : ["--listen", flags.listen]),
          ...(flags["listen-beyond-loopback"] ? ["--listen-beyond-loopback"] : []),
        ];
        await startDaemon(client, { home: this.home, binPath: ownBinPath(), serveArguments });
      }
      const { pid, home } = await client.daemonInfo();
      this.print(
        `daemon ${wasRunning ? "already running" : "started"}: pid ${pid}, home ${home}\n`,
      );
      if (!wasRunning) return;
      const ignored = [
        ...(flags.manifests.length > 0 ? ["--manifests"] : []),
        ...(flags.listen === undefined ? [] : ["--listen"]),
      ];
      for (const flag of ignored)
        this.say(`Warning: ${flag} has no effect on a daemon that runs; stop it first`);
    } finally {
      client.close();
    }
  }
}
