import { apiVersionOfResource } from "../../client/resources.ts";
import { BaseCommand } from "../base-command.ts";

export default class ApiVersions extends BaseCommand {
  static override summary = "List the groups and versions that the daemon serves.";

  async run(): Promise<void> {
    await this.parse(ApiVersions);
    const served = await this.withClient("ifStateExists", (client) =>
      client.resources({ isFresh: true }),
    );
    const versions = new Set(served.map(apiVersionOfResource));
    for (const version of [...versions].toSorted()) this.print(`${version}\n`);
  }
}
