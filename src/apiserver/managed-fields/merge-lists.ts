import { bySteps, stepOf } from "./list-step.ts";
import type { ListType } from "./node-type.ts";

export interface Lists {
  readonly left: readonly unknown[];
  /** What is applied; each name in it comes once. */
  readonly right: readonly unknown[];
  readonly mergeItem: (left: unknown, right: unknown) => unknown;
}

/**
 * Joins two lists whose items have names. Items of both stand in the order in which they are
 * applied; an item of `left` alone stays behind the one that it came after.
 */
export function mergeItems(type: ListType, { left, right, mergeItem }: Lists): unknown[] {
  const lefts = namedItems(type, left);
  const rights = namedItems(type, right);
  const inLeft = bySteps(type, left);
  const inRight = bySteps(type, right);
  const shared = rights.filter(({ step }) => inLeft.has(step)).map(({ step }) => step);
  const taken = new Set<string>();
  const merged: unknown[] = [];
  let next = shared.shift();
  const take = ({ step, item }: NamedItem): void => {
    const same = inLeft.get(step) ?? [];
    // Of several items of one name it cannot be told which is meant, so that the applied one replaces all.
    merged.push(same.length > 1 ? item : mergeItem(same[0], item));
    taken.add(step);
    if (next === step) next = shared.shift();
  };
  for (let l = 0, r = 0; l < lefts.length || r < rights.length; ) {
    const mine = lefts[l];
    const applied = rights[r];
    if (mine !== undefined && mine.step === applied?.step) {
      take(applied);
      l += 1;
      r += 1;
    } else if (mine !== undefined && !inRight.has(mine.step)) {
      merged.push(mine.item);
      l += 1;
    } else if (mine !== undefined && (taken.has(mine.step) || isOutOfTurn(mine.step, next))) {
      l += 1;
    } else if (applied !== undefined) {
      take(applied);
      r += 1;
    } else {
      l += 1;
    }
  }
  return merged;
}

interface NamedItem {
  readonly step: string;
  readonly item: unknown;
}

function namedItems(type: ListType, items: readonly unknown[]): readonly NamedItem[] {
  return items.flatMap((item) => {
    const step = stepOf(type, item);
    return step === undefined ? [] : [{ step, item }];
  });
}

/** Whether a shared item comes later among the applied ones; it is placed when they reach it. */
function isOutOfTurn(step: string, next: string | undefined): boolean {
  return next !== undefined && next !== step;
}
