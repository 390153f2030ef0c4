import { boolean, option, string } from "@oclif/core/flags";
import { runApply } from "../apply/run-apply.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { fileFlags, outputFlag, timeoutFlag } from "../flags.ts";
import { loadManifests } from "../manifests/load-manifests.ts";
import { readManifestFiles } from "../manifests/manifest-files.ts";
import { openParseCache } from "../manifests/parse-cache.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";

export default class Apply extends BaseCommand {
  static override summary = "Make the desired state what these manifests say.";
  static override usage = "apply -f FILE|DIRECTORY|-... [--wait] [--dry-run[=server|client]]";
  static override examples = [
    "<%= config.bin %> apply -f plugins.yaml --wait",
    "<%= config.bin %> apply -f manifests/ -R --dry-run",
  ];
  static override flags = {
    ...fileFlags,
    ...namespaceFlag,
    ...timeoutFlag("5m"),
    "dry-run": option({
      default: "none",
      options: ["none", "server", "client"] as const,
      description:
        "Show what would be done, and do nothing. Alone it means server: all checks run.",
    })(),
    output: outputFlag(["text", "name", "json"]),
    wait: boolean({ description: "Wait until every plugin is Ready, or one has failed for good." }),
    "field-manager": string({ hidden: true, description: "Taken for kubectl's sake." }),
  };

  async run(): Promise<void> {
    const argv = this.argv.map((word) => (word === "--dry-run" ? "--dry-run=server" : word));
    const { flags } = await this.parse(Apply, argv);
    const timeoutMs = parseTimeout(flags.timeout);
    const files = readManifestFiles(flags.filename, { isRecursive: flags.recursive });
    const objects = await loadManifests(files, {
      namespace: flags.namespace,
      consequence: "nothing was applied",
      cache: openParseCache(this.home.directory),
    });
    process.exitCode = await this.withClient("always", (client) =>
      runApply(client, {
        objects,
        dryRun: flags["dry-run"],
        output: flags.output,
        isWaiting: flags.wait,
        timeoutMs,
        style: this.style,
        print: (text) => this.print(text),
      }),
    );
  }
}
