import { integer } from "@oclif/core/flags";
import { isSameJson } from "../../../base/canonical-json.ts";
import { PLUGINS } from "../../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { reportChange, requireSome } from "../../change/change-objects.ts";
import { dryRunFlag, outputFlag, selectorFlag, withDryRunValue } from "../../flags.ts";
import { selectAddresses } from "../../objects/select.ts";
import { chooseRevision, readHistory, rolledBack } from "../../rollout/history.ts";

export default class RolloutUndo extends BaseCommand {
  static override summary = "Give a plugin the spec that it had before.";
  static override usage = "rollout undo TYPE/NAME...|TYPE NAME... [--to-revision=NUMBER]";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...dryRunFlag,
    output: outputFlag(["text", "name", "json", "yaml"]),
    "to-revision": integer({
      min: 0,
      default: 0,
      description: "To this one; 0: to the one before.",
      helpValue: "NUMBER",
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(RolloutUndo, withDryRunValue(this.argv));
    const { namespace, selector, output } = flags;
    const dryRun = flags["dry-run"];
    const print = (text: string) => this.print(text);
    await this.withClient("ifStateExists", async (client) => {
      const selection = { words: argv.map(String), namespace, selector, isAll: false };
      for (const address of requireSome(await selectAddresses(client, selection))) {
        const { plugin, revisions } = await readHistory(client, address);
        const revision = chooseRevision(address, revisions, flags["to-revision"]);
        const wanted = rolledBack(plugin, revision);
        const isSame = isSameJson(wanted["spec"], plugin.spec);
        const word = isSame
          ? `skipped rollback (current spec already matches revision ${revision.revision})`
          : "rolled back";
        const object =
          isSame || dryRun === "client"
            ? plugin
            : await client.replace({ ...address, resource: PLUGINS }, wanted, {
                dryRun: dryRun === "server",
              });
        await reportChange(address, object, { word, output, dryRun, print });
      }
    });
  }
}
