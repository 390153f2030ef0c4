import type { ApiClient } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { timeoutFlag, waitFlag, withWaitValue } from "../flags.ts";
import { parsePluginName } from "../objects/plugin-name.ts";
import { awaitItems } from "../waiting/await-items.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";
import { judgeReady } from "../waiting/verdict.ts";

/** A verb that only says where a plugin should be brought to. */
export abstract class DesiredStateCommand extends BaseCommand {
  static override strict = false;
  static override flags = { ...namespaceFlag, ...timeoutFlag("2m"), ...waitFlag };

  protected abstract readonly desiredState: string;
  /** Such as `started`. */
  protected abstract readonly done: string;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DesiredStateCommand, withWaitValue(this.argv));
    const name = parsePluginName(argv);
    const timeoutMs = parseTimeout(flags.timeout);
    const address = { resource: PLUGINS, namespace: flags.namespace, name };
    process.exitCode = await this.withClient("always", async (client: ApiClient) => {
      await client.patch(address, { spec: { desiredState: this.desiredState } });
      if (!flags.wait) {
        this.print(`plugin/${name} is to be ${this.done}\n`);
        return 0;
      }
      const code = await awaitItems(client, [{ address, judge: judgeReady }], {
        timeoutMs,
        style: this.style,
      });
      if (code === 0) this.print(`plugin/${name} ${this.done}\n`);
      return code;
    });
  }
}
