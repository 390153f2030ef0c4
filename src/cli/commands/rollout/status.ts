import { PortunixError } from "../../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../../client/api-client.ts";
import { BaseCommand, namespaceFlag } from "../../base-command.ts";
import { selectorFlag, timeoutFlag, watchFlag, withWatchValue } from "../../flags.ts";
import { selectAddresses } from "../../objects/select.ts";
import { typeName } from "../../objects/plugin-facts.ts";
import { sanitise } from "../../output/sanitise.ts";
import { judgeRollout } from "../../rollout/judge-rollout.ts";
import { WAIT_EXIT } from "../../waiting/await-items.ts";
import { parseTimeout } from "../../waiting/parse-timeout.ts";
import { waitFor } from "../../waiting/wait-for.ts";

export default class RolloutStatus extends BaseCommand {
  static override summary =
    "Wait until the newest spec runs. Exit status: 0 it does, 1 failed for good, 3 time is up.";
  static override usage = "rollout status TYPE/NAME...|TYPE NAME... [--timeout=TIME]";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...timeoutFlag("0s"),
    ...watchFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(RolloutStatus, withWatchValue(this.argv));
    const { namespace, selector, watch } = flags;
    const limitMs = parseTimeout(flags.timeout);
    // As kubectl has it, no time given means no limit.
    const timeoutMs = watch ? (limitMs === 0 ? undefined : limitMs) : 0;
    process.exitCode = await this.withClient("ifStateExists", async (client) => {
      const selection = { words: argv.map(String), namespace, selector, isAll: false };
      const addresses = await selectAddresses(client, selection);
      if (addresses.length === 0) throw new PortunixError("NotFound", "no such objects");
      let exitCode = 0;
      for (const address of addresses) {
        exitCode = Math.max(exitCode, await this.follow(client, address, timeoutMs));
      }
      return exitCode;
    });
  }

  private async follow(
    client: ApiClient,
    address: ObjectAddress,
    timeoutMs: number | undefined,
  ): Promise<number> {
    const { name, resource } = address;
    const judge = judgeRollout(resource);
    await client.get(address);
    const what = `${typeName(resource).split(".")[0]} "${name}"`;
    const { state, verdicts } = await waitFor(client, [{ address, judge }], {
      timeoutMs,
      onVerdict: (_, verdict) => {
        if (verdict.state === "waiting")
          this.print(`Waiting for ${what} rollout to finish: ${sanitise(verdict.message)}...\n`);
      },
    });
    const [verdict] = verdicts.values();
    if (state === "met") this.print(`${what} successfully rolled out\n`);
    else if (state === "failed")
      this.say(`Error: ${what} was not rolled out: ${sanitise(verdict?.message ?? "")}`);
    else if (timeoutMs !== 0) this.say(`Error: ${what}: timed out waiting for the rollout`);
    return state === "timeout" && timeoutMs === 0 ? 0 : WAIT_EXIT[state];
  }
}
