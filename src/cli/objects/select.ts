import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { findTypes } from "./find-types.ts";
import { parseNamed, parseTargets } from "./targets.ts";

export interface Selection {
  /** `TYPE NAME...`, `TYPE/NAME...`, or `TYPE` with a selector or all. */
  readonly words: readonly string[];
  readonly namespace: string;
  readonly selector: string | undefined;
  readonly isAll: boolean;
}

/** The addresses that a command's words and flags name. Asks the daemon only for a selector or all. */
export async function selectAddresses(
  client: ApiClient,
  { words, namespace, selector, isAll }: Selection,
): Promise<readonly ObjectAddress[]> {
  const find = await findTypes(client, words);
  if (selector === undefined && !isAll) {
    return parseNamed(words, find).map(({ resource, name }) => ({ resource, namespace, name }));
  }
  const targets = parseTargets(words, find);
  if (targets.some(({ name }) => name !== undefined)) {
    throw new PortunixError("BadRequest", "give names, or -l or --all, not both");
  }
  const lists = targets.map(async ({ resource }) => {
    const { items } = await client.list(resource, { namespace, labelSelector: selector });
    return items.map(({ metadata: { name } }) => ({ resource, namespace, name }));
  });
  return (await Promise.all(lists)).flat();
}

/** The object, or undefined when it is not there. */
export async function getIfThere(
  client: ApiClient,
  address: ObjectAddress,
): Promise<StoredObject | undefined> {
  try {
    return await client.get(address);
  } catch (thrown) {
    if (thrown instanceof PortunixError && thrown.code === "NotFound") return undefined;
    throw thrown;
  }
}
