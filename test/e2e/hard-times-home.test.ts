import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadSqlite } from "../../src/store/sqlite.ts";
import {
  type CliResult,
  E2eHome,
  isReady,
  kill,
  PROGRAM,
  type PluginView,
  pluginObject,
} from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePlugin, packageOf, whySays } from "./hard-times-kit.ts";

const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

/** A home at another place than usual. */
class HomeAt extends E2eHome {
  override readonly directory: string;

  constructor(place: (root: string) => string) {
    super();
    this.directory = place(this.root);
  }
}

describe("paths of sockets", () => {
  test("a home so deep that no socket fits is refused with the length and what to do", async () => {
    const home = new HomeAt((root) => join(root, "d".repeat(100)));
    const { status, stderr } = await home.run(["daemon", "start"]);
    expect(stderr).toMatch(
      /^Error: the daemon for .* did not start[^]*gateway\.sock: longer than 107 bytes; set PORTUNIX_HOME to a shorter path/,
    );
    expect(status).toBe(69);
    expect(home.processes()).toEqual([]);
  });

  test("one where only the plugins' sockets do not fit says so of each plugin", async () => {
    const home = new HomeAt((root) => join(root, "d".repeat(88 - root.length - 1)));
    await home.apply([fixturePlugin(home, "healthy")]);
    await whySays(
      home,
      "healthy",
      /LaunchFailed: .*p\.sock is 110 bytes long, and the system takes 107; set PORTUNIX_HOME/,
    );
  });
});

describe("a second daemon", () => {
  test("refuses and names the first, which goes on", async () => {
    const home = new E2eHome();
    await home.apply([fixturePlugin(home, "healthy")], "--wait");
    const [daemon, pid] = [await home.daemonPid(), await home.pid("healthy")];
    const second = await home.run(["serve"]);
    expect(second.stderr).toMatch(
      /^Error: another daemon holds .*portunix\.db.*portunix daemon stop.*PORTUNIX_HOME/m,
    );
    expect(second.status).toBe(75);
    expect(await home.startDaemon()).toBe(
      `daemon already running: pid ${daemon}, home ${home.directory}\n`,
    );
    expect([await home.daemonPid(), await home.pid("healthy")]).toEqual([daemon, pid]);
  });
});

describe("a database that cannot be used is left as it is, and its plugins run on", () => {
  const cases: readonly (readonly [string, (path: string) => void | Promise<void>, RegExp])[] = [
    [
      "from a newer version",
      async (path) => {
        const Driver = await loadSqlite();
        const database = new Driver(path);
        database.exec("PRAGMA user_version=999");
        database.close();
      },
      /written by a newer Portunix: it has schema version 999.*it was not changed\. Run the newer Portunix/,
    ],
    [
      "that is none",
      (path) => writeFileSync(path, Buffer.alloc(20_000, "garbage")),
      /is damaged or is no Portunix database.*it was not changed.*mv .*portunix\.db\.damaged/,
    ],
    ["with torn pages", (path) => tearPages(path), /is damaged.*malformed.*mv /],
  ];

  test.each(cases)("%s", async (_, damage, said) => {
    const home = new E2eHome();
    await home.apply([fixturePlugin(home, "healthy")], "--wait");
    const pid = await home.pid("healthy");
    await home.killDaemon("SIGTERM");
    const path = home.path("state", "portunix.db");
    const good = readFileSync(path);
    await damage(path);
    const bytes = readFileSync(path);
    const { status, stderr } = await home.run(["get", "plugins"]);
    expect(stderr).toMatch(said);
    expect(status).toBe(69);
    expect((await home.run(["serve"])).status).toBe(74);
    // SQLite may count in the header of a file whose header it can read; that is no content.
    expect(withoutHeader(readFileSync(path))).toEqual(withoutHeader(bytes));
    writeFileSync(path, good);
    await home.startDaemon();
    expect(await home.pid("healthy")).toBe(pid);
  });
});

function withoutHeader(database: Buffer): string {
  return database.subarray(100).toString("base64");
}

function tearPages(path: string): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, 4096);
  closeSync(file);
}

describe.runIf(IS_ROOT)("a home that may not be written, for an ordinary user", () => {
  /** Root is bound by no mode, so these commands run as nobody. */
  const runAsNobody = (home: E2eHome, ...args: string[]): Promise<CliResult> =>
    new Promise((resolve) => {
      const options = { uid: NOBODY, gid: NOBODY, cwd: "/", env: home.environment() };
      const child = execFile(process.execPath, [PROGRAM, ...args], options, (_, stdout, stderr) =>
        resolve({ status: child.exitCode, stdout, stderr }),
      );
    });
  const prepare = (): E2eHome => {
    const home = new E2eHome();
    chmodSync(home.root, 0o755);
    mkdirSync(home.directory, { mode: 0o755 });
    chownSync(home.directory, NOBODY, NOBODY);
    return home;
  };
  const setModes = (directory: string, mode: number): void => {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), mode);
    }
    chmodSync(directory, mode);
  };

  test("no daemon starts, and the message names the path and the way out", async () => {
    const home = prepare();
    chmodSync(home.directory, 0o555);
    const results = [await runAsNobody(home, "daemon", "start"), await runAsNobody(home, "serve")];
    for (const { status, stderr } of results) {
      expect(stderr).toMatch(
        /^Error: cannot (write|make) .*EACCES.*writable, or set PORTUNIX_HOME to another/m,
      );
      expect(status).toBe(74);
    }
    expect(readdirSync(home.directory)).toEqual([]);
  });

  test("one that becomes read-only loses nothing, says why, and goes on once it is writable", async () => {
    const home = prepare();
    const healthy = home.manifest(fixturePlugin(home, "healthy"));
    await runAsNobody(home, "apply", "-f", healthy, "--wait");
    const pid = await home.pid("healthy");
    setModes(home.path("plugins"), 0o555);
    const another = home.manifest(fixturePlugin(home, "plugin-service-only"));
    expect((await runAsNobody(home, "apply", "-f", another)).status).toBe(0);
    await whySays(
      home,
      "plugin-service-only",
      /StorageFailed: install failed.*EACCES.*plugins.*make the directory writable/,
      /^Next: retry install at/m,
    );
    expect(await home.pid("healthy")).toBe(pid);
    setModes(home.path("plugins"), 0o700);
    await home.untilPlugin("plugin-service-only", isReady);
    expect(await home.pid("healthy")).toBe(pid);
  }, 60_000);
});

describe("a full disk", () => {
  const canMount = IS_ROOT && spawnSync("mount", ["--version"]).status === 0;
  test("stops no daemon and no plugin, is told with each answer, and passes", async (context) => {
    const home = new HomeAt((root) => join(root, "disk", "h"));
    const disk = join(home.root, "disk");
    mkdirSync(disk);
    const mounted = canMount
      ? spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=700", "none", disk])
      : undefined;
    if (mounted?.status !== 0) {
      context.skip(`no tmpfs can be mounted here: ${String(mounted?.stderr ?? "not root")}`);
    }
    onTestFinished(() => void spawnSync("umount", ["-l", disk]));
    await fullDisk(home, disk);
  }, 60_000);
});

async function fullDisk(home: E2eHome, disk: string): Promise<void> {
  await home.apply(
    [fixturePlugin(home, "healthy"), fixturePlugin(home, "plugin-service-only")],
    "--wait",
  );
  const [daemon, survivor] = [await home.daemonPid(), await home.pid("healthy")];
  const ballast = join(disk, "ballast");
  fill(ballast);
  const path = home.manifest(
    pluginObject("late", { source: { path: packageOf(home, "healthy", "late") } }),
  );
  const refused = await home.run(["apply", "-f", path]);
  expect(refused.stderr).toMatch(
    /^Error: cannot write .*portunix\.db: .*full; free space on its disk/m,
  );
  expect(refused.status).toBe(74);
  await kill(await home.pid("plugin-service-only"));
  await eventually(async () => {
    const { status, stderr } = await home.run(["get", "plugins"]);
    expect(stderr).toMatch(
      /^Warning: StorageFull: cannot write .*what is shown may be out of date/,
    );
    expect(status).toBe(0);
  });
  expect([await home.daemonPid(), await home.pid("healthy")]).toEqual([daemon, survivor]);
  await kill(daemon);
  const restarted = await home.run(["daemon", "start"]);
  expect(restarted.status === 0 || /full/.test(restarted.stderr), restarted.stderr).toBe(true);
  rmSync(ballast);
  await home.startDaemon();
  await eventually(async () => {
    const { stderr } = await home.run(["get", "plugins"]);
    expect(stderr).toBe("");
  });
  await home.untilPlugin("plugin-service-only", isReady);
  expect(await home.ok("apply", "-f", path, "--wait")).toBe("plugin/late created\n");
  expect(await home.pid("healthy")).toBe(survivor);
}

/** Until not one byte more fits. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [1 << 20, 1 << 12, 1]) writeUntilFull(file, size);
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, size: number): void {
  const block = Buffer.alloc(size);
  for (;;) {
    try {
      writeSync(file, block);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw thrown;
    }
  }
}

describe("a daemon that is ended in the middle of starting 20 plugins", () => {
  test("is followed by one that brings all to Ready, none doubled", async () => {
    const home = new E2eHome();
    const source = { path: packageOf(home, "healthy") };
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    await home.apply(names.map((name) => pluginObject(name, { source })));
    await eventually(() => expect(home.instances().length).toBeGreaterThan(2));
    await home.killDaemon("SIGTERM");
    const survivors = home.instances();
    await home.startDaemon();
    await home.ok("wait", "plugins", "--all", "--timeout", "60s");
    const instances = home.instances();
    expect(instances).toHaveLength(20);
    expect(new Set(instances.map(({ dataDir }) => dataDir)).size).toBe(20);
    const pids = instances.map(({ pid }) => pid);
    expect(pids).toEqual(expect.arrayContaining(survivors.map(({ pid }) => pid)));
  }, 90_000);
});

// As a backup is tried out, say: its records are about processes that are not its own.
test("the daemon of a copied home starts its own instance and touches none of the original's", async () => {
  const home = new E2eHome();
  await home.apply([fixturePlugin(home, "healthy")], "--wait");
  const pid = await home.pid("healthy");
  const copy = new HomeAt((root) => join(root, "copy"));
  await home.killDaemon("SIGKILL");
  const isCopied = (path: string): boolean => !lstatSync(path).isSocket();
  cpSync(home.directory, copy.directory, { recursive: true, filter: isCopied });
  await copy.startDaemon();
  // At first it knows only what the original's status said when the copy was made.
  const isItsOwn = (plugin: PluginView): boolean => {
    const [instance] = plugin.status?.instances ?? [];
    return isReady(plugin) && instance?.pid !== undefined && instance.pid !== pid;
  };
  await copy.untilPlugin("healthy", isItsOwn);
  await copy.ok("delete", "plugins", "--all", "--timeout", "20s");
  await home.startDaemon();
  expect(await home.pid("healthy")).toBe(pid);
  expect(isReady(await home.plugin("healthy"))).toBe(true);
});
