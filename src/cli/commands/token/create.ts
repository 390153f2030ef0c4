import { parseTtl, tokenFlags } from "../../access/token-flags.ts";
import { BaseCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { textOf } from "../../output/object-text.ts";

export default class TokenCreate extends BaseCommand {
  static override summary = "Make a bearer token for the API; it is shown this once.";
  static override flags = {
    ...tokenFlags("view", "24h"),
    output: outputFlag(["text", "json", "yaml"]),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokenCreate);
    const { name, role, ttl, output } = flags;
    const ttlSeconds = parseTtl(ttl);
    const token = await this.withClient("never", (client) =>
      client.createToken({ name, role, ttlSeconds }),
    );
    if (output !== "text") {
      this.print(await textOf(token, output));
      return;
    }
    this.print(`${token.token}\n`);
    const end = token.expiresAt === undefined ? "does not expire" : `expires ${token.expiresAt}`;
    this.say(`token ${token.id}: user ${token.name}, role ${token.role}, ${end}`);
  }
}
