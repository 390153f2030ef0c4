import Get from "../get.ts";

export default class PluginList extends Get {
  static override summary = "List the plugins; takes the flags of get.";
  static override usage = "plugin list [NAME...]";
  static override examples = [];
  protected override words(argv: readonly string[]): string[] {
    return ["plugins", ...argv];
  }
}
