import { resolve } from "node:path";
import { option } from "@oclif/core/flags";
import { BaseCommand } from "../base-command.ts";
import { serveFlags } from "../flags.ts";

export default class Serve extends BaseCommand {
  static override summary = "Run the daemon in the foreground.";
  static override flags = {
    ...serveFlags,
    "log-level": option({
      default: "info",
      options: ["debug", "info", "warn", "error"] as const,
      description: "Least level that is logged.",
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const { runDaemon } = await import("../../daemon/run-daemon.ts");
    await runDaemon({
      home: this.home.directory,
      manifests: flags.manifests.map((directory) => resolve(directory)),
      allowDelete: flags["allow-delete"],
      listen: flags.listen,
      listenBeyondLoopback: flags["listen-beyond-loopback"],
      logLevel: flags["log-level"],
    });
  }
}
