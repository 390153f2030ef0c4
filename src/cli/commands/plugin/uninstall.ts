import { boolean } from "@oclif/core/flags";
import { PLUGINS } from "../../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { deleteObjects } from "../../delete/delete-objects.ts";
import { timeoutFlag, waitFlag, withWaitValue } from "../../flags.ts";
import { parsePluginName } from "../../objects/plugin-name.ts";
import { parseTimeout } from "../../waiting/parse-timeout.ts";

export default class PluginUninstall extends BaseCommand {
  static override summary = "Stop a plugin and remove it.";
  static override usage = "plugin uninstall NAME";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...timeoutFlag("2m"),
    ...waitFlag,
    "ignore-not-found": boolean({ description: "What is not there is no error." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginUninstall, withWaitValue(this.argv));
    const timeoutMs = parseTimeout(flags.timeout);
    const address = { resource: PLUGINS, namespace: flags.namespace, name: parsePluginName(argv) };
    process.exitCode = await this.withClient("always", (client) =>
      deleteObjects(client, {
        addresses: [address],
        isWaiting: flags.wait,
        isMissingFine: flags["ignore-not-found"],
        timeoutMs,
        style: this.style,
        print: (text) => this.print(text),
      }),
    );
  }
}
