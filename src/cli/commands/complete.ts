import { createClient } from "../../client/client.ts";
import { BaseCommand } from "../base-command.ts";
import { complete } from "../completion/candidates.ts";
import { createNameSource } from "../completion/name-source.ts";
import { sanitise } from "../output/sanitise.ts";

/** What the scripts of `completion` call; not shown in any help. */
export default class Complete extends BaseCommand {
  static override hidden = true;

  async run(): Promise<void> {
    // Not parsed: the words are those of another command, which is not complete yet.
    const words = this.argv[0] === "--" ? this.argv.slice(1) : this.argv;
    this.parsed = true;
    const { socketPath, discoveryPath } = this.home;
    const client = createClient({ socketPath, discoveryPath });
    try {
      const { candidates, wantsFiles } = await complete(words, createNameSource(client));
      for (const { value, about } of candidates)
        this.print(`${about === undefined ? value : `${value}\t${sanitise(about)}`}\n`);
      if (wantsFiles) this.print(":files\n");
    } finally {
      client.close();
    }
  }
}
