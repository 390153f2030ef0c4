import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { typeName } from "../objects/plugin-facts.ts";
import { textOf, withoutManagedFields } from "../output/object-text.ts";

export type DryRun = "none" | "server" | "client";

/** How a command that changes objects tells of it. */
export interface ChangeReport {
  readonly output: "text" | "name" | "json" | "yaml";
  readonly dryRun: DryRun;
  readonly print: (text: string) => void;
}

const NOTES = { none: "", client: " (dry run)", server: " (server dry run)" } as const;

/** `plugin/a labeled`, or the object in full, as `-o` asks. */
export async function reportChange(
  address: ObjectAddress,
  object: StoredObject,
  { word, output, dryRun, print }: ChangeReport & { readonly word: string },
): Promise<void> {
  if (output === "json" || output === "yaml")
    print(await textOf(withoutManagedFields(object), output));
  else if (output === "name") print(`${nameOf(address)}\n`);
  else print(`${nameOf(address)} ${word}${NOTES[dryRun]}\n`);
}

export function nameOf({ resource, name }: ObjectAddress): string {
  return `${typeName(resource)}/${name}`;
}

/** Throws for none: a command that did nothing must not look as if it had. */
export function requireSome(addresses: readonly ObjectAddress[]): readonly ObjectAddress[] {
  if (addresses.length === 0) throw new PortunixError("NotFound", "no such objects");
  return addresses;
}

/** Patches on the daemon; on a dry run of the client, gives the object as it is. */
export function sendPatch(
  client: ApiClient,
  address: ObjectAddress,
  { patch, dryRun }: { readonly patch: Readonly<Record<string, unknown>>; readonly dryRun: DryRun },
): Promise<StoredObject> {
  if (dryRun === "client") return client.get(address);
  return client.patch(address, patch, { dryRun: dryRun === "server" });
}
