import Describe from "../describe.ts";

export default class PluginInfo extends Describe {
  static override summary = "Show all about a plugin and its package.";
  static override usage = "plugin info NAME...";
  protected override words(argv: readonly string[]): string[] {
    return ["plugins", ...argv];
  }
}
