import type { ApiClient } from "../../client/api-client.ts";
import { RESOURCES, type Resource } from "../../client/resources.ts";
import { findType } from "../objects/find-types.ts";

/** A line for the shell: what may stand there, and a word about it. */
export interface Candidate {
  readonly value: string;
  readonly about?: string | undefined;
}

/** What is there to be named. Empty where the daemon cannot tell in time. */
export interface NameSource {
  types(): Promise<readonly Candidate[]>;
  /** @param namespace - The default one when left out. */
  names(type: string, namespace?: string): Promise<readonly Candidate[]>;
}

/** Somebody waits with a finger on the key. */
const DEADLINE_MS = 500;

/** @param client - Connects to a running daemon, or to none: none is started. */
export function createNameSource(client: ApiClient): NameSource {
  return {
    async types() {
      const served = await inTime<readonly Resource[]>(client.resources(), RESOURCES);
      return served.map(({ plural, kind }) => ({ value: plural, about: kind }));
    },
    names: (type, namespace = "default") => inTime(readNames(client, type, namespace), []),
  };
}

async function readNames(
  client: ApiClient,
  type: string,
  namespace: string,
): Promise<readonly Candidate[]> {
  const resource = await findType(client, type);
  const { rows } = await client.table(resource, { namespace });
  return rows.flatMap(({ object }) => {
    const name = object?.metadata?.name;
    return name === undefined ? [] : [{ value: name }];
  });
}

/** `fallback` when the work fails, or takes too long. */
async function inTime<T>(work: Promise<T>, fallback: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(fallback), DEADLINE_MS);
  });
  try {
    return await Promise.race([work.catch(() => fallback), limit]);
  } finally {
    clearTimeout(timer);
  }
}
