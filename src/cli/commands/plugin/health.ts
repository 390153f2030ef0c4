import { PLUGINS } from "../../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { textOf } from "../../output/object-text.ts";
import { parsePluginName } from "../../objects/plugin-name.ts";
import { tableText } from "../../output/table-text.ts";

interface InstanceHealth {
  readonly id: string;
  readonly serving: boolean;
  readonly message: string;
  readonly latencyMs: number;
}

export default class PluginHealth extends BaseCommand {
  static override summary =
    "Ask a plugin's instances now. Exit status: 0 all serve, 1 not all, or none runs.";
  static override usage = "plugin health NAME";
  static override strict = false;
  static override flags = { ...namespaceFlag, output: outputFlag(["table", "json", "yaml"]) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginHealth);
    const name = parsePluginName(argv);
    const address = { resource: PLUGINS, namespace: flags.namespace, name };
    const reply = await this.withClient("ifStateExists", (client) =>
      client.subresource(address, "health"),
    );
    const instances = (reply as { readonly instances?: readonly InstanceHealth[] }).instances ?? [];
    if (flags.output !== "table") this.print(await textOf(reply, flags.output));
    else if (instances.length === 0) this.say(`plugin/${name} has no running instance.`);
    else {
      const rows = instances.map(({ id, serving, message, latencyMs }) => [
        id,
        serving ? "yes" : "no",
        `${Math.round(latencyMs)}ms`,
        message,
      ]);
      this.print(
        tableText([["INSTANCE", "SERVING", "LATENCY", "MESSAGE"], ...rows], { width: this.width }),
      );
    }
    const isHealthy = instances.length > 0 && instances.every(({ serving }) => serving);
    process.exitCode = isHealthy ? 0 : 1;
  }
}
