import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { reportChange, requireSome, sendPatch } from "../../change/change-objects.ts";
import { dryRunFlag, outputFlag, selectorFlag, withDryRunValue } from "../../flags.ts";
import { selectAddresses } from "../../objects/select.ts";
import { restartPatch } from "../../rollout/judge-rollout.ts";

export default class RolloutRestart extends BaseCommand {
  static override summary = "Replace all instances of a plugin with new ones.";
  static override usage = "rollout restart TYPE/NAME...|TYPE NAME...";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...dryRunFlag,
    output: outputFlag(["text", "name", "json", "yaml"]),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(RolloutRestart, withDryRunValue(this.argv));
    const { namespace, selector, output } = flags;
    const dryRun = flags["dry-run"];
    const print = (text: string) => this.print(text);
    await this.withClient("ifStateExists", async (client) => {
      const selection = { words: argv.map(String), namespace, selector, isAll: false };
      for (const address of requireSome(await selectAddresses(client, selection))) {
        const now = new Date().toISOString();
        const patch = restartPatch(address.resource, await client.get(address), now);
        const object = await sendPatch(client, address, { patch, dryRun });
        await reportChange(address, object, { word: "restarted", output, dryRun, print });
      }
    });
  }
}
