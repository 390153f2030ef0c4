import { MetadataCommand } from "../change/metadata-command.ts";

export default class Annotate extends MetadataCommand {
  static override summary = "Set annotations, or take them away.";
  static override usage = "annotate TYPE NAME...|TYPE/NAME... KEY=VALUE... KEY-... [--overwrite]";
  static override examples = ["<%= config.bin %> annotate plugin/system-monitor owner=team-a"];
  protected override readonly member = "annotations";
  protected override readonly done = "annotated";
  protected override readonly undone = "annotated";
}
