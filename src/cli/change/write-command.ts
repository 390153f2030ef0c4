import { string } from "@oclif/core/flags";
import type { StoredObject } from "../../api/meta.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { namespacesFirst } from "../apply/send-changes.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { dryRunFlag, fileFlags, outputFlag, withDryRunValue } from "../flags.ts";
import { type LocalObject, loadManifests } from "../manifests/load-manifests.ts";
import { readManifestFiles } from "../manifests/manifest-files.ts";
import { reportChange } from "./change-objects.ts";

/** `create -f` and `replace -f`: each object of the manifests in one request. */
export abstract class WriteCommand extends BaseCommand {
  static override flags = {
    ...fileFlags,
    ...namespaceFlag,
    ...dryRunFlag,
    "field-manager": string({ hidden: true, description: "Taken for kubectl's sake." }),
    output: outputFlag(["text", "name", "json", "yaml"]),
  };

  /** Such as `created`. */
  protected abstract readonly done: string;

  protected abstract send(
    client: ApiClient,
    local: LocalObject,
    options: { readonly dryRun: boolean },
  ): Promise<StoredObject>;

  async run(): Promise<void> {
    const { flags } = await this.parse(WriteCommand, withDryRunValue(this.argv));
    const dryRun = flags["dry-run"];
    const { namespace, output } = flags;
    const files = readManifestFiles(flags.filename, { isRecursive: flags.recursive });
    const objects = await loadManifests(files, {
      namespace,
      consequence: `nothing was ${this.done}`,
    });
    const report = { word: this.done, output, dryRun, print: (text: string) => this.print(text) };
    await this.withClient("always", async (client) => {
      for (const { local } of namespacesFirst(objects.map((one) => ({ local: one })))) {
        const object =
          dryRun === "client"
            ? (local.object as unknown as StoredObject)
            : await this.send(client, local, { dryRun: dryRun === "server" });
        await reportChange(local, object, report);
      }
    });
  }
}
