import { boolean, string } from "@oclif/core/flags";
import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { dryRunFlag, outputFlag, selectorFlag, withDryRunValue } from "../flags.ts";
import { selectAddresses } from "../objects/select.ts";
import { nameOf, reportChange, requireSome, sendPatch } from "./change-objects.ts";
import { type PairChanges, parsePairs } from "./parse-pairs.ts";

/** `label` and `annotate`: the one changes what the other does not. */
export abstract class MetadataCommand extends BaseCommand {
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    ...dryRunFlag,
    all: boolean({ description: "All objects of the type in the namespace." }),
    "field-manager": string({ hidden: true, description: "Taken for kubectl's sake." }),
    list: boolean({ description: "Show what is there, after the change." }),
    output: outputFlag(["text", "name", "json", "yaml"]),
    overwrite: boolean({ description: "Also change a value that is already there." }),
  };

  protected abstract readonly member: "labels" | "annotations";
  /** Such as `labeled`. */
  protected abstract readonly done: string;
  /** Such as `unlabeled`. */
  protected abstract readonly undone: string;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(MetadataCommand, withDryRunValue(this.argv));
    const { words, changes } = parsePairs(argv.map(String));
    if (changes.size === 0 && !flags.list)
      throw new PortunixError("BadRequest", `give at least one NAME=VALUE or NAME-`);
    const { namespace, selector, all: isAll, output, overwrite, list } = flags;
    const dryRun = flags["dry-run"];
    const print = (text: string) => this.print(text);
    await this.withClient("ifStateExists", async (client) => {
      const selection = { words, namespace, selector, isAll };
      for (const address of requireSome(await selectAddresses(client, selection))) {
        const before = await client.get(address);
        if (!overwrite) this.refuseOverwriting(before, changes);
        const after = await this.change(client, address, { before, changes, dryRun });
        const word = this.wordFor(before, after, changes);
        if (list) print(this.listing(address, after));
        else await reportChange(address, after, { word, output, dryRun, print });
      }
    });
  }

  private async change(
    client: ApiClient,
    address: ObjectAddress,
    { before, changes, dryRun }: Change,
  ): Promise<StoredObject> {
    const present = before.metadata[this.member] ?? {};
    const real = [...changes].filter(([name, value]) => (present[name] ?? null) !== value);
    if (real.length === 0) return before;
    const patch = { metadata: { [this.member]: Object.fromEntries(real) } };
    return sendPatch(client, address, { patch, dryRun });
  }

  private refuseOverwriting(object: StoredObject, changes: PairChanges): void {
    const present = object.metadata[this.member] ?? {};
    for (const [name, value] of changes) {
      const old = present[name];
      if (value !== null && old !== undefined && old !== value)
        throw new PortunixError(
          "AlreadyExists",
          `'${name}' already has a value (${old}); to change it, add --overwrite`,
        );
    }
  }

  private wordFor(before: StoredObject, after: StoredObject, changes: PairChanges): string {
    const present = before.metadata[this.member] ?? {};
    const isRemoval = [...changes.values()].every((value) => value === null);
    if (before === after && this.member === "labels") return `not ${this.done}`;
    const isGone = isRemoval && [...changes.keys()].some((name) => Object.hasOwn(present, name));
    return isGone && this.member === "labels" ? this.undone : this.done;
  }

  private listing(address: ObjectAddress, object: StoredObject): string {
    const pairs = Object.entries(object.metadata[this.member] ?? {});
    const lines = pairs.map(([name, value]) => ` ${name}=${value}`).toSorted();
    return `${[`Listing ${this.member} for ${nameOf(address)}:`, ...lines].join("\n")}\n`;
  }
}

interface Change {
  readonly before: StoredObject;
  readonly changes: PairChanges;
  readonly dryRun: "none" | "server" | "client";
}
