import { boolean, string } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { selectorFlag, timeoutFlag } from "../flags.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import { selectAddresses } from "../objects/select.ts";
import { awaitItems } from "../waiting/await-items.ts";
import { parseFor } from "../waiting/parse-for.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";

export default class Wait extends BaseCommand {
  static override summary =
    "Wait for a condition. Exit status: 0 met, 1 failed for good, 3 time is up.";
  static override usage =
    "wait TYPE/NAME...|TYPE NAME... --for=condition=Ready|delete|jsonpath={.a.b}=VALUE";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...timeoutFlag("30s"),
    all: boolean({ description: "All objects of the type in the namespace." }),
    for: string({
      default: "condition=Ready",
      description: "What to wait for.",
      helpValue: "WHAT",
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Wait);
    const { judge, isDelete } = parseFor(flags.for);
    const timeoutMs = parseTimeout(flags.timeout);
    const { namespace, selector, all } = flags;
    const selection = { words: argv.map(String), namespace, selector, isAll: all };
    process.exitCode = await this.withClient("ifStateExists", async (client) => {
      const addresses = await selectAddresses(client, selection);
      if (addresses.length === 0) throw new PortunixError("NotFound", "no such objects");
      // What is not there now may come, but a wrong name should not take the whole timeout to tell.
      if (!isDelete) await Promise.all(addresses.map((address) => client.get(address)));
      return awaitItems(
        client,
        addresses.map((address) => ({ address, judge })),
        {
          timeoutMs,
          style: this.style,
          onMet: ({ address }) =>
            this.print(
              `${labelOf(address.resource.kind, address.name)} ${isDelete ? "deleted" : "condition met"}\n`,
            ),
        },
      );
    });
  }
}
