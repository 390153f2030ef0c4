import { assertNever } from "../base/assert-never.ts";
import type { Action } from "./action.ts";

/** One action in words, for `status.nextAction`, `why`, `diff` and events. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case "install":
      return `install version ${action.version}`;
    case "start":
      return `${action.reason === "Restart" ? "restart" : "start"} instance ${action.ordinal}`;
    case "stop":
      return `stop instance ${action.ordinal} (${action.reason})`;
    case "forget":
      return "clear the record of an ended instance";
    case "finalize":
      return "remove the object";
    case "enable":
    case "configure":
    case "disable":
    case "uninstall":
      return action.type;
    default:
      return assertNever(action);
  }
}
