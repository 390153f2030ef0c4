import { boolean } from "@oclif/core/flags";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { deleteObjects } from "../delete/delete-objects.ts";
import { fileFlags, selectorFlag, timeoutFlag, waitFlag, withWaitValue } from "../flags.ts";
import { loadManifests } from "../manifests/load-manifests.ts";
import { readManifestFiles } from "../manifests/manifest-files.ts";
import { selectAddresses } from "../objects/select.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";

export default class Delete extends BaseCommand {
  static override summary = "Delete objects: by name, by label, or those in manifests.";
  static override usage =
    "delete TYPE NAME... | TYPE/NAME... | TYPE -l LABELS | TYPE --all | -f FILE";
  static override strict = false;
  static override flags = {
    ...fileFlags,
    ...namespaceFlag,
    ...selectorFlag,
    ...timeoutFlag("5m"),
    ...waitFlag,
    all: boolean({ description: "All objects of the type in the namespace." }),
    "ignore-not-found": boolean({ description: "What is not there is no error." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Delete, withWaitValue(this.argv));
    const timeoutMs = parseTimeout(flags.timeout);
    const { namespace, selector, filename } = flags;
    const words = argv.map(String);
    const files =
      filename.length === 0 ? [] : readManifestFiles(filename, { isRecursive: flags.recursive });
    const local = await loadManifests(files, { namespace, consequence: "nothing was deleted" });
    process.exitCode = await this.withClient("always", async (client) => {
      const selection = { words, namespace, selector, isAll: flags.all };
      const isNamed = words.length > 0 || files.length === 0;
      return deleteObjects(client, {
        addresses: [
          ...local.toReversed(),
          ...(isNamed ? await selectAddresses(client, selection) : []),
        ],
        isWaiting: flags.wait,
        isMissingFine: flags["ignore-not-found"] || selector !== undefined || flags.all,
        timeoutMs,
        style: this.style,
        print: (text) => this.print(text),
      });
    });
  }
}
