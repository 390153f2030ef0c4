import { PortunixError } from "../../base/errors.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { outputFlag } from "../flags.ts";
import { textOf } from "../output/object-text.ts";
import { parsePluginName } from "../objects/plugin-name.ts";
import { explain, explanationText } from "../why/explain.ts";

export default class Why extends BaseCommand {
  static override summary = "Explain the state of a plugin down to its root cause.";
  static override usage = "why NAME";
  static override strict = false;
  static override flags = { ...namespaceFlag, output: outputFlag(["text", "json", "yaml"]) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Why);
    const name = parsePluginName(argv);
    const explanation = await this.withClient("ifStateExists", (client) =>
      explain(client, flags.namespace, name),
    );
    if (explanation.plugin === undefined) {
      throw new PortunixError("NotFound", `plugins.portunix.ai "${name}" not found`);
    }
    const isText = flags.output === "text";
    this.print(isText ? explanationText(explanation) : await textOf(explanation, flags.output));
  }
}
