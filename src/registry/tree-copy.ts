import { chmod, mkdir, open, symlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, PortunixError } from "../base/errors.ts";
import { openRegularFile, syncDirectory } from "../base/files.ts";
import type { PackageLimits } from "./limits.ts";
import { walkTree } from "./tree-walk.ts";

const CHUNK_BYTES = 1024 * 1024;
const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o444;
const EXECUTABLE_MODE = 0o555;

/** Copies a tree into an empty directory. Nothing but its bytes, its links and its execute bits is taken. */
export async function copyTree(
  source: string,
  target: string,
  options: { readonly limits: PackageLimits; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (const entry of await walkTree(source, options.limits, options.signal)) {
    options.signal?.throwIfAborted();
    const to = join(target, entry.path);
    if (entry.kind === "directory") await mkdir(to, DIRECTORY_MODE);
    else if (entry.kind === "link") await symlink(entry.target, to);
    else await copyFile(join(source, entry.path), to, entry);
  }
}

async function copyFile(
  from: string,
  to: string,
  { size, isExecutable }: { readonly size: number; readonly isExecutable: boolean },
): Promise<void> {
  const source = await openRegularFile(from).catch((thrown: unknown) => {
    const code = errnoOf(thrown);
    if (code !== "ENOENT" && code !== "ELOOP") throw thrown;
    throw new PortunixError("Conflict", `${from}: changed while it was copied; it is read again`);
  });
  try {
    const target = await open(to, "wx", isExecutable ? EXECUTABLE_MODE : FILE_MODE);
    try {
      const buffer = Buffer.allocUnsafe(Math.min(size + 1, CHUNK_BYTES));
      let copied = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) break;
        copied += bytesRead;
        // A log that grows while it is copied would be copied for ever.
        if (copied > size) throw new PortunixError("Conflict", `${from}: grew while it was copied`);
        await target.writeFile(buffer.subarray(0, bytesRead));
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Takes the right to write off every file of a tree of ours, and makes all of it durable. */
export async function sealTree(root: string, limits: PackageLimits): Promise<void> {
  for (const entry of await walkTree(root, limits)) {
    const path = join(root, entry.path);
    if (entry.kind === "link") continue;
    if (entry.kind === "directory") {
      await chmod(path, DIRECTORY_MODE);
      await syncDirectory(path);
      continue;
    }
    const handle = await openRegularFile(path);
    try {
      await handle.chmod(entry.isExecutable ? EXECUTABLE_MODE : FILE_MODE);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await chmod(root, DIRECTORY_MODE);
  await syncDirectory(root);
}
