import { PortunixError } from "../../base/errors.ts";
import { type Judge, judgeCondition, judgeDeleted, judgeJsonPath } from "./verdict.ts";

export interface Waited {
  readonly isDelete: boolean;
  readonly judge: Judge;
}

/** @param text - `condition=TYPE[=STATUS]`, `delete`, or `jsonpath={.a.b}[=VALUE]`, after kubectl. */
export function parseFor(text: string): Waited {
  if (text === "delete") return { isDelete: true, judge: judgeDeleted(undefined) };
  const condition = /^condition=([A-Za-z]+)(?:=([A-Za-z]+))?$/.exec(text);
  if (condition !== null) {
    return { isDelete: false, judge: judgeCondition(condition[1] ?? "", condition[2] ?? "True") };
  }
  const jsonPath = /^jsonpath=['"]?\{?\.?([^}'"=]+)\}?['"]?(?:=(.*))?$/.exec(text);
  if (jsonPath !== null) {
    return { isDelete: false, judge: judgeJsonPath(namesOf(jsonPath[1] ?? ""), jsonPath[2]) };
  }
  throw new PortunixError(
    "BadRequest",
    `--for=${text}: must be condition=Ready, condition=Ready=false, delete, or jsonpath={.status.phase}=Running`,
  );
}

/** `a.b[0].c` and `a['b']` as names. */
function namesOf(path: string): string[] {
  return path
    .replaceAll(/\[['"]?([^\]'"]+)['"]?\]/g, ".$1")
    .split(".")
    .filter((name) => name !== "");
}
