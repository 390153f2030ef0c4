import { DesiredStateCommand } from "../../plugin/desired-state-command.ts";

export default class PluginEnable extends DesiredStateCommand {
  static override summary = "Make a plugin startable, and not run it.";
  static override usage = "plugin enable NAME";
  protected readonly desiredState = "Enabled";
  protected readonly done = "enabled";
}
