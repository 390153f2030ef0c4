import { MetadataCommand } from "../change/metadata-command.ts";

export default class Label extends MetadataCommand {
  static override summary = "Set labels, or take them away.";
  static override usage = "label TYPE NAME...|TYPE/NAME... KEY=VALUE... KEY-... [--overwrite]";
  static override examples = [
    "<%= config.bin %> label plugin system-monitor tier=core",
    "<%= config.bin %> label plugin/system-monitor tier-",
  ];
  protected override readonly member = "labels";
  protected override readonly done = "labeled";
  protected override readonly undone = "unlabeled";
}
