import { PortunixError } from "../../base/errors.ts";
import type { FieldConflict } from "../managed-fields/managers.ts";
import { pathText } from "../managed-fields/path-text.ts";
import { parseManagerKey } from "./entries.ts";

/** The refusal of an apply, worded as kube-apiserver does: a cause for each field. */
export function applyConflict(conflicts: readonly FieldConflict[]): PortunixError {
  const sorted = conflicts.toSorted((a, b) =>
    a.manager < b.manager ? -1 : a.manager === b.manager ? 0 : 1,
  );
  const causes = sorted.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  return new PortunixError("Conflict", messageOf(sorted), { causes });
}

function messageOf(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${managerText(first.manager)}: ${pathText(first.path)}`;
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  const lines = managers.flatMap((manager) => [
    `conflicts with ${managerText(manager)}:`,
    ...conflicts.filter((one) => one.manager === manager).map(({ path }) => `- ${pathText(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function managerText(key: string): string {
  const { manager, operation, apiVersion, subresource } = parseManagerKey(key);
  const name = JSON.stringify(manager);
  const named =
    subresource === "" ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${named} using ${apiVersion}` : named;
}
