import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { isEmptyPatch, type JsonObject, threeWayPatch } from "../apply/three-way-patch.ts";
import { withoutManagedFields } from "../output/object-text.ts";
import type { EditedFile } from "./run-editor.ts";

export type EditOutcome =
  | { readonly type: "edited"; readonly object: StoredObject }
  | { readonly type: "unchanged" }
  | { readonly type: "cancelled"; readonly why: string };

const HINT = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/**
 * Lets the user edit an object until the daemon takes it, or the user changes nothing more. Sends
 * only what was changed, so that what others do meanwhile stays.
 */
export async function editObject(
  client: ApiClient,
  address: ObjectAddress,
  file: EditedFile,
): Promise<EditOutcome> {
  const { parseYaml, toYaml } = await import("../output/to-yaml.ts");
  const before = withoutManagedFields(await client.get(address)) as unknown as JsonObject;
  let offered = HINT + toYaml(before);
  let lastFault = "";
  for (;;) {
    file.write(offered);
    const text = await file.edit();
    const isEmpty = text.split("\n").every((line) => line.trim() === "" || line.startsWith("#"));
    if (isEmpty) return { type: "cancelled", why: "saved file was empty" };
    if (text === offered && lastFault !== "") return { type: "cancelled", why: lastFault };
    if (text === offered) return { type: "unchanged" };
    try {
      const patch = patchFor(before, parseYaml(text));
      if (isEmptyPatch(patch)) return { type: "unchanged" };
      return { type: "edited", object: await client.patch(address, patch) };
    } catch (thrown) {
      lastFault = faultText(thrown);
      offered = HINT + commented(lastFault) + withoutComments(text);
    }
  }
}

function patchFor(before: JsonObject, value: unknown): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PortunixError("ManifestInvalid", "it is no object");
  const after = value as JsonObject;
  const isOther = (["apiVersion", "kind"] as const).some((name) => after[name] !== before[name]);
  if (isOther) throw new PortunixError("ManifestInvalid", "apiVersion and kind must stay");
  return threeWayPatch(before, after, before);
}

/** Only what another edit can put right is shown in the file; anything else ends the command. */
function faultText(thrown: unknown): string {
  const isFixable =
    thrown instanceof PortunixError &&
    ["ManifestInvalid", "BadRequest", "Conflict"].includes(thrown.code);
  if (!isFixable) throw thrown;
  const causes = thrown.causes
    .filter(({ message }) => !thrown.message.includes(message))
    .map(({ field, message }) => `* ${field}: ${message}`);
  return [thrown.message, ...causes].join("\n");
}

function commented(text: string): string {
  return text.replaceAll(/^/gm, "# ").concat("\n#\n");
}

function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, "");
}
