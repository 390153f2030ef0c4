import { watch, type FSWatcher } from "chokidar";
import { basename } from "node:path";
import { isIgnoredDirectory } from "./file-names.ts";

export interface DirectoryWatch {
  readonly realRoot: string;
  /** Watches these too; those that are watched already stay so. */
  include(directories: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Says that something under `realRoot` has changed, never what. Only directories are watched, one
 * kernel watch each: files would take the fourfold memory, and a link that is swapped is seen by
 * its directory alone.
 */
export function watchDirectories(
  realRoot: string,
  handlers: {
    readonly onChange: () => void;
    /** Directories are there whose watch is only now being set up: what is written meanwhile is not told. */
    readonly onNewDirectory: () => void;
    readonly onReady: () => void;
    readonly onError: (error: unknown) => void;
  },
): DirectoryWatch {
  const included = new Set([realRoot]);
  const watcher: FSWatcher = watch(realRoot, {
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    depth: 32,
    ignored: (path, stats) => {
      if (included.has(path)) return false;
      if (isIgnoredDirectory(basename(path))) return true;
      return stats !== undefined && !stats.isDirectory();
    },
  });
  watcher.on("raw", handlers.onChange);
  watcher.on("addDir", handlers.onNewDirectory);
  watcher.on("unlinkDir", handlers.onChange);
  watcher.on("ready", handlers.onReady);
  watcher.on("error", handlers.onError);
  return {
    realRoot,
    include(directories) {
      const added = directories.filter((directory) => !included.has(directory));
      for (const directory of added) included.add(directory);
      if (added.length === 0) return;
      watcher.add(added);
      handlers.onNewDirectory();
    },
    close: () => watcher.close(),
  };
}
