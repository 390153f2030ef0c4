import { PortunixError } from "../../base/errors.ts";
import { BaseCommand } from "../base-command.ts";
import { SCRIPTS, SHELLS } from "../completion/scripts.ts";

export default class Completion extends BaseCommand {
  static override summary = "Print the script that lets a shell complete commands and names.";
  static override usage = "completion bash|zsh|fish";
  static override strict = false;
  static override examples = [
    "source <(<%= config.bin %> completion bash)",
    "<%= config.bin %> completion fish | source",
  ];

  async run(): Promise<void> {
    const { argv } = await this.parse(Completion);
    const shell = SHELLS.find((name) => name === argv[0]);
    if (shell === undefined || argv.length > 1)
      throw new PortunixError("BadRequest", `name one shell: ${SHELLS.join(", ")}`);
    this.print(SCRIPTS[shell]);
  }
}
