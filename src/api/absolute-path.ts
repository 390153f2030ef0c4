/** Whether a path starts at a root: `/...`, or a drive or share on Windows. */
export function isAbsolutePath(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
