import { integer } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { nameOf, requireSome } from "../../change/change-objects.ts";
import { outputFlag, selectorFlag } from "../../flags.ts";
import { selectAddresses } from "../../objects/select.ts";
import { textOf } from "../../output/object-text.ts";
import { tableText } from "../../output/table-text.ts";
import { chooseRevision, readHistory } from "../../rollout/history.ts";

export default class RolloutHistory extends BaseCommand {
  static override summary = "Show the specs that a plugin had, or one of them in full.";
  static override usage = "rollout history TYPE/NAME...|TYPE NAME... [--revision=NUMBER]";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    output: outputFlag(["text", "json", "yaml"]),
    revision: integer({ min: 0, default: 0, description: "This one.", helpValue: "NUMBER" }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(RolloutHistory);
    const { namespace, selector, output, revision: wanted } = flags;
    await this.withClient("ifStateExists", async (client) => {
      const selection = { words: argv.map(String), namespace, selector, isAll: false };
      for (const address of requireSome(await selectAddresses(client, selection))) {
        const { revisions } = await readHistory(client, address);
        const chosen = wanted === 0 ? undefined : chooseRevision(address, revisions, wanted);
        if (output !== "text") this.print(await textOf(chosen ?? revisions, output));
        else if (chosen !== undefined) {
          this.print(`${nameOf(address)} with revision #${wanted}\n`);
          this.print(await textOf(chosen.data, "yaml"));
        } else {
          const rows = revisions.map(({ revision, metadata }) => [
            String(revision),
            metadata.annotations?.["kubernetes.io/change-cause"] ?? "<none>",
          ]);
          const table = tableText([["REVISION", "CHANGE-CAUSE"], ...rows], { width: this.width });
          this.print(`${nameOf(address)} \n${table}\n`);
        }
      }
    });
  }
}
