import type { StoredObject } from "../api/meta.ts";
import { badRequest } from "./status-error.ts";

export type Predicate = (object: StoredObject) => boolean;

/**
 * Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2`. As in Kubernetes, `!=` and `notin` also
 * match an object without the label. Throws BadRequest on anything else.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
export function parseLabelSelector(text: string): Predicate {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text));
  return ({ metadata: { labels } }) =>
    requirements.every(({ key, test }) =>
      test(labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined),
    );
}

interface Requirement {
  readonly key: string;
  readonly test: (value: string | undefined) => boolean;
}

const KEY = String.raw`((?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)`;
const VALUE = String.raw`((?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?)`;
const EQUALITY = new RegExp(String.raw`^${KEY}\s*(=|==|!=)\s*${VALUE}$`);
const MEMBERSHIP = new RegExp(String.raw`^${KEY}\s+(in|notin)\s*\(([^()]*)\)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*${KEY}$`);
const COMPARISON = new RegExp(String.raw`^${KEY}\s*(>|<)\s*(-?[0-9]{1,15})$`);
const WHOLE_VALUE = new RegExp(`^${VALUE}$`);

/** At commas outside of parentheses. Empty text selects everything. */
function splitRequirements(text: string): string[] {
  if (text.trim() === "") return [];
  const parts: string[] = [];
  let start = 0;
  let isInList = false;
  for (let index = 0; index <= text.length; index += 1) {
    const letter = text[index];
    if (letter === "(") isInList = true;
    if (letter === ")") isInList = false;
    if (letter !== undefined && (letter !== "," || isInList)) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 1;
  }
  return parts;
}

function parseRequirement(part: string, whole: string): Requirement {
  const parsed =
    parseEquality(part) ?? parseMembership(part) ?? parseComparison(part) ?? parseExistence(part);
  if (parsed === undefined)
    throw badRequest(
      `unable to parse requirement: ${JSON.stringify(part)} of the label selector ${JSON.stringify(whole)}`,
    );
  return parsed;
}

function parseEquality(part: string): Requirement | undefined {
  const [, key, operator, wanted] = EQUALITY.exec(part) ?? [];
  if (key === undefined) return undefined;
  return operator === "!="
    ? { key, test: (value) => value !== wanted }
    : { key, test: (value) => value === wanted };
}

function parseMembership(part: string): Requirement | undefined {
  const [, key, operator, list] = MEMBERSHIP.exec(part) ?? [];
  if (key === undefined || list === undefined) return undefined;
  const values = new Set(list.split(",").map((value) => value.trim()));
  if (![...values].every((value) => WHOLE_VALUE.test(value))) return undefined;
  return operator === "in"
    ? { key, test: (value) => value !== undefined && values.has(value) }
    : { key, test: (value) => value === undefined || !values.has(value) };
}

function parseComparison(part: string): Requirement | undefined {
  const [, key, operator, limit] = COMPARISON.exec(part) ?? [];
  if (key === undefined) return undefined;
  const bound = Number(limit);
  return {
    key,
    test(value) {
      if (value === undefined || !/^-?[0-9]{1,15}$/.test(value)) return false;
      return operator === ">" ? Number(value) > bound : Number(value) < bound;
    },
  };
}

function parseExistence(part: string): Requirement | undefined {
  const [, negation, key] = EXISTENCE.exec(part) ?? [];
  if (key === undefined) return undefined;
  return negation === "!"
    ? { key, test: (value) => value === undefined }
    : { key, test: (value) => value !== undefined };
}
