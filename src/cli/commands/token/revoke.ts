import { PortunixError } from "../../../base/errors.ts";
import { BaseCommand } from "../../base-command.ts";

export default class TokenRevoke extends BaseCommand {
  static override summary = "Make tokens worthless at once; watches opened with them are cut.";
  static override usage = "token revoke ID...";
  static override strict = false;

  async run(): Promise<void> {
    const ids = (await this.parse(TokenRevoke)).argv as string[];
    if (ids.length === 0)
      throw new PortunixError("BadRequest", "name a token by its ID; see: portunix token list");
    await this.withClient("never", async (client) => {
      for (const id of ids) {
        const { name } = await client.revokeToken(id);
        this.print(`token/${id} revoked (user ${name})\n`);
      }
    });
  }
}
