import { resolve } from "node:path";
import { string } from "@oclif/core/args";
import { option, string as stringFlag } from "@oclif/core/flags";
import { PLUGIN_API_VERSION, PLUGIN_KIND } from "../../../api/plugin.ts";
import { PLUGINS } from "../../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { timeoutFlag, waitFlag, withWaitValue } from "../../flags.ts";
import { awaitItems } from "../../waiting/await-items.ts";
import { parseTimeout } from "../../waiting/parse-timeout.ts";
import { judgeReady } from "../../waiting/verdict.ts";

export default class PluginInstall extends BaseCommand {
  static override summary = "Install a package as a plugin, and neither enable nor start it.";
  static override args = {
    path: string({
      required: true,
      description: "A directory with plugin.yaml, or a .tgz of one.",
    }),
  };
  static override flags = {
    ...namespaceFlag,
    ...timeoutFlag("2m"),
    ...waitFlag,
    name: stringFlag({
      description: "Name of the plugin; left out: the package's.",
      helpValue: "NAME",
    }),
    state: option({
      default: "Installed",
      options: ["Installed", "Enabled", "Running"] as const,
      description: "Where to bring it to.",
    })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginInstall, withWaitValue(this.argv));
    const timeoutMs = parseTimeout(flags.timeout);
    const path = resolve(args.path);
    const name = flags.name ?? (await nameOf(path));
    const address = { resource: PLUGINS, namespace: flags.namespace, name };
    process.exitCode = await this.withClient("always", async (client) => {
      await client.create(address, {
        apiVersion: PLUGIN_API_VERSION,
        kind: PLUGIN_KIND,
        metadata: { name, namespace: flags.namespace },
        spec: { source: { path }, desiredState: flags.state },
      });
      this.print(`plugin/${name} created\n`);
      if (!flags.wait) return 0;
      return awaitItems(client, [{ address, judge: judgeReady }], { timeoutMs, style: this.style });
    });
  }
}

async function nameOf(path: string): Promise<string> {
  const { packageName } = await import("../../plugin/package-name.ts");
  return packageName(path);
}
