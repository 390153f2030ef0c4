import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { log, readConfig, servePlugin } from "../../../sdk/serve-plugin.ts";

interface Config {
  readonly paths: readonly string[];
  readonly pollSeconds: number;
}

interface Followed {
  readonly path: string;
  /** Of the file that `offset` is about; another inode means that it was rotated. */
  inode: number;
  offset: number;
  lines: number;
  readonly levels: Record<string, number>;
}

const CHUNK_BYTES = 64 * 1024;

const config = readConfig() as Config;
const files = config.paths.map(
  (path): Followed => ({ path, inode: 0, offset: 0, lines: 0, levels: {} }),
);
for (const file of files) follow(file, { isFirst: true });
const timer = setInterval(() => {
  for (const file of files) follow(file, { isFirst: false });
}, config.pollSeconds * 1000);

await servePlugin({
  name: "log-tailer",
  version: "1.0.0",
  description: "Follows log files and counts lines by level.",
  capabilities: ["file-processing"],
  commands: {
    counts: () => JSON.stringify(files.map(({ path, lines, levels }) => ({ path, lines, levels }))),
  },
  onShutdown: () => clearInterval(timer),
});

/** Reads what was appended since the last look; from its end on at the first one. */
function follow(file: Followed, { isFirst }: { readonly isFirst: boolean }): void {
  let fd: number;
  try {
    fd = openSync(file.path, "r");
  } catch {
    return;
  }
  try {
    const { ino, size } = fstatSync(fd);
    const isNew = ino !== file.inode || size < file.offset;
    if (isNew) [file.inode, file.offset] = [ino, isFirst ? size : 0];
    if (isNew) log("info", "following", { path: file.path, offset: file.offset });
    readNew(fd, file, size);
  } finally {
    closeSync(fd);
  }
}

function readNew(fd: number, file: Followed, size: number): void {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  while (file.offset < size) {
    const count = readSync(fd, buffer, 0, CHUNK_BYTES, file.offset);
    const end = buffer.lastIndexOf(0x0a, count - 1) + 1;
    // A line that is longer than the chunk is taken in pieces; an unfinished one waits for its end.
    const taken = end > 0 ? end : count === CHUNK_BYTES ? count : 0;
    if (taken === 0) return;
    file.offset += taken;
    for (const line of buffer.toString("utf8", 0, taken).split("\n").filter(Boolean))
      countLine(file, line);
  }
}

function countLine(file: Followed, line: string): void {
  const level =
    /\b(error|warn(?:ing)?|info|debug)\b/i.exec(line)?.[1]?.toLowerCase().slice(0, 4) ?? "none";
  file.lines += 1;
  file.levels[level] = (file.levels[level] ?? 0) + 1;
  log("info", "line", { path: file.path, line });
}
