import { DesiredStateCommand } from "../../plugin/desired-state-command.ts";

export default class PluginStop extends DesiredStateCommand {
  static override summary = "Stop a plugin, and keep it startable.";
  static override usage = "plugin stop NAME";
  protected readonly desiredState = "Stopped";
  protected readonly done = "stopped";
}
