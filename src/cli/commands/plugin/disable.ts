import { DesiredStateCommand } from "../../plugin/desired-state-command.ts";

export default class PluginDisable extends DesiredStateCommand {
  static override summary = "Keep a plugin installed, and not startable.";
  static override usage = "plugin disable NAME";
  protected readonly desiredState = "Disabled";
  protected readonly done = "disabled";
}
