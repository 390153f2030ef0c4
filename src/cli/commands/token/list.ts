import { tokenRows } from "../../access/token-rows.ts";
import { BaseCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { textOf } from "../../output/object-text.ts";
import { tableText } from "../../output/table-text.ts";

export default class TokenList extends BaseCommand {
  static override summary = "List the tokens that were made, never the tokens themselves.";
  static override flags = { output: outputFlag(["table", "json", "yaml"]) };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokenList);
    const items = await this.withClient("never", (client) => client.listTokens());
    if (flags.output !== "table") this.print(await textOf({ items }, flags.output));
    else if (items.length === 0) this.say("No tokens; see: portunix token create --help");
    else this.print(tableText(tokenRows(items, Date.now()), { width: this.width }));
  }
}
