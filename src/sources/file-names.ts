const MANIFEST_NAME = /\.(ya?ml|json)$/i;
/** Editors' own files: Emacs locks and autosaves, and what a manifest's name would not end in anyway. */
const SCRATCH_NAME = /^[.#~]|(~|#|\.(swp|swx|swo|bak|tmp|orig))$/i;

/** True for a file that is read: YAML or JSON, not hidden, and no editor's copy. */
export function isManifestName(name: string): boolean {
  return MANIFEST_NAME.test(name) && !SCRATCH_NAME.test(name);
}

/** True for a directory that is not descended into. */
export function isIgnoredDirectory(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** True for a name under which a plugin's author ships the package manifest. */
export function isPackageManifestName(name: string): boolean {
  return /^plugin\.(ya?ml|json)$/.test(name);
}
