import { DesiredStateCommand } from "../../plugin/desired-state-command.ts";

export default class PluginStart extends DesiredStateCommand {
  static override summary = "Run a plugin.";
  static override usage = "plugin start NAME";
  protected readonly desiredState = "Running";
  protected readonly done = "started";
}
