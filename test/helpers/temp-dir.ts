import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh directory, 0700, gone when the test ends. Short, since sockets live in it. */
export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "ptx-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
