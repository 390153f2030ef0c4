import { boolean, integer, string } from "@oclif/core/flags";
import { PLUGINS } from "../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { parsePluginName } from "../objects/plugin-name.ts";

export default class Logs extends BaseCommand {
  static override summary = "Show what a plugin has printed.";
  static override usage = "logs NAME";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    follow: boolean({ char: "f", description: "Go on with what is printed." }),
    instance: string({ description: "Of this instance, by id or number.", helpValue: "ID" }),
    previous: boolean({ char: "p", description: "Of the instance before." }),
    tail: integer({ min: 0, description: "Only so many last lines.", helpValue: "LINES" }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Logs);
    const address = { resource: PLUGINS, namespace: flags.namespace, name: parsePluginName(argv) };
    const { follow, previous, instance, tail: tailLines } = flags;
    await this.withClient("ifStateExists", async (client) => {
      const log = await client.log(address, { follow, previous, instance, tailLines });
      for await (const chunk of log) {
        if (!process.stdout.write(chunk)) {
          await new Promise((resolve) => process.stdout.once("drain", resolve));
        }
      }
    });
  }
}
