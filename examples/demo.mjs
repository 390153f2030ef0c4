// The main job, as a user would type it: apply examples/plugins.yaml, wait until all is Ready, look.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, "dist", "bin", "portunix.cjs");
const home = process.env.PORTUNIX_HOME ?? join(homedir(), ".portunix");
const shown = `./${relative(process.cwd(), program)}`;

portunix("apply", "-f", join(root, "examples", "plugins.yaml"), "--wait", "--timeout", "120s");
console.log();
portunix("get", "plugins");
console.log(`
The daemon goes on running; everything it keeps is in ${home}

Look around:
  ${shown} describe plugin system-monitor
  ${shown} logs log-tailer --tail 5
  ${shown} get plugins -w          (then kill -9 a plugin's pid, and watch it heal)
  edit examples/plugins.yaml, then:
  ${shown} diff -f examples/plugins.yaml
  ${shown} apply -f examples/plugins.yaml --wait

Stop:
  ${shown} delete -f examples/plugins.yaml
  ${shown} daemon stop`);

function portunix(...args) {
  console.log(
    `$ portunix ${args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg)).join(" ")}`,
  );
  const { status, error } = spawnSync(process.execPath, [program, ...args], { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
