import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { fileFlags } from "../flags.ts";
import { loadManifests } from "../manifests/load-manifests.ts";
import { readManifestFiles } from "../manifests/manifest-files.ts";
import { openParseCache } from "../manifests/parse-cache.ts";

export default class Diff extends BaseCommand {
  static override summary =
    "Show what apply would change. Exit status: 0 all in sync, 1 changes, above 1 an error.";
  static override usage = "diff -f FILE|DIRECTORY|-...";
  static override flags = { ...fileFlags, ...namespaceFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Diff);
    const files = readManifestFiles(flags.filename, { isRecursive: flags.recursive });
    const consequence = "nothing was compared";
    const objects = await loadManifests(files, {
      namespace: flags.namespace,
      consequence,
      cache: openParseCache(this.home.directory),
    });
    const { diffManifests } = await import("../diff/diff-manifests.ts");
    const text = await this.withClient("ifStateExists", (client) => diffManifests(client, objects));
    this.print(text);
    process.exitCode = text === "" ? 0 : 1;
  }
}
