import type { Condition } from "./condition.ts";

/** A condition as the planner states it: the time of its last change is not its business. */
export interface ConditionStatement {
  readonly type: string;
  readonly status: Condition["status"];
  /** Non-empty CamelCase, for programs. */
  readonly reason: string;
  /** For people; may be empty. */
  readonly message: string;
}

/**
 * Brings stated conditions into a status: `lastTransitionTime` moves only where `status` changes.
 * Conditions of other owners are kept; order is by the statements, then the others.
 *
 * @param time - RFC 3339, the moment of the statement.
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */
export function mergeConditions(
  previous: readonly Condition[],
  statements: readonly ConditionStatement[],
  observedGeneration: number,
  time: string,
): Condition[] {
  const before = new Map(previous.map((condition) => [condition.type, condition]));
  const stated = statements.map((statement): Condition => {
    const old = before.get(statement.type);
    const isSame = old?.status === statement.status;
    return {
      ...statement,
      observedGeneration,
      lastTransitionTime: isSame ? old.lastTransitionTime : time,
    };
  });
  const types = new Set(statements.map(({ type }) => type));
  return [...stated, ...previous.filter(({ type }) => !types.has(type))];
}

export function conditionOf(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
