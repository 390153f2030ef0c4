import { integer } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { nameOf, reportChange, requireSome } from "../change/change-objects.ts";
import { dryRunFlag, outputFlag, selectorFlag, timeoutFlag, withDryRunValue } from "../flags.ts";
import { selectAddresses } from "../objects/select.ts";
import { awaitItems } from "../waiting/await-items.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";
import { judgeReady } from "../waiting/verdict.ts";

export default class Scale extends BaseCommand {
  static override summary = "Set how many instances run.";
  static override usage = "scale TYPE/NAME...|TYPE NAME... --replicas=COUNT";
  static override strict = false;
  static override examples = [
    "<%= config.bin %> scale plugin/system-monitor --replicas=3",
    "<%= config.bin %> scale plugin/system-monitor --current-replicas=2 --replicas=3",
  ];
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...dryRunFlag,
    ...timeoutFlag("0"),
    "current-replicas": integer({
      description: "Only if so many are wanted now.",
      helpValue: "COUNT",
    }),
    output: outputFlag(["text", "name", "json", "yaml"]),
    replicas: integer({
      min: 0,
      required: true,
      description: "How many to run.",
      helpValue: "COUNT",
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Scale, withDryRunValue(this.argv));
    const { namespace, selector, replicas, output } = flags;
    const dryRun = flags["dry-run"];
    const timeoutMs = parseTimeout(flags.timeout);
    const report = { word: "scaled", output, dryRun, print: (text: string) => this.print(text) };
    process.exitCode = await this.withClient("ifStateExists", async (client) => {
      const selection = { words: argv.map(String), namespace, selector, isAll: false };
      const addresses = requireSome(await selectAddresses(client, selection));
      for (const address of addresses) {
        await checkCurrent(client, address, flags["current-replicas"]);
        if (dryRun !== "client")
          await client.patch(
            address,
            { spec: { replicas } },
            { subresource: "scale", dryRun: dryRun === "server" },
          );
        await reportChange(address, await client.get(address), report);
      }
      if (timeoutMs === 0 || dryRun !== "none") return 0;
      const items = addresses.map((address) => ({ address, judge: judgeReady }));
      return awaitItems(client, items, { timeoutMs, style: this.style });
    });
  }
}

async function checkCurrent(
  client: ApiClient,
  address: ObjectAddress,
  expected: number | undefined,
): Promise<void> {
  if (expected === undefined || expected < 0) return;
  const scale = (await client.subresource(address, "scale")) as {
    readonly spec?: { readonly replicas?: number };
  };
  const current = scale.spec?.replicas ?? 0;
  if (current === expected) return;
  throw new PortunixError(
    "Conflict",
    `${nameOf(address)}: Expected replicas to be ${expected}, was ${current}; nothing was changed`,
  );
}
