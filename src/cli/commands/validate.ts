import { BaseCommand } from "../base-command.ts";
import { fileFlags } from "../flags.ts";
import { ManifestFaults } from "../manifests/load-manifests.ts";
import { readManifestFiles } from "../manifests/manifest-files.ts";

export default class Validate extends BaseCommand {
  static override summary = "Check manifests and the packages they name, without a daemon.";
  static override usage = "validate -f FILE|DIRECTORY|-...";
  static override flags = { ...fileFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Validate);
    const files = readManifestFiles(flags.filename, { isRecursive: flags.recursive });
    const { checkOffline } = await import("../validate/check-offline.ts");
    const { problems, notes, objects } = checkOffline(files);
    for (const note of notes) this.say(`Note: ${note}`);
    if (problems.length > 0) throw new ManifestFaults(problems, "mend them and try again");
    this.print(`${objects} ${objects === 1 ? "object is" : "objects are"} valid\n`);
  }
}
