/** Installs, enables, disables and uninstalls plugins of two packages without end; argv: plugins directory, two sources. */
import { toKey } from "../../../src/api/key.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { Registry } from "../../../src/registry/registry.ts";

const [directory = "", ...sources] = process.argv.slice(2);
const registry = new Registry({ directory, clock: systemClock, logger: silentLogger });
await registry.open();
process.send?.("open");

async function churn(name: string): Promise<never> {
  const key = toKey("default", name);
  for (let round = 0; ; round += 1) {
    const sourcePath = sources[round % sources.length] ?? "";
    const options = { key, sourcePath, version: undefined, digest: undefined };
    await registry.install({ ...options, livingRevisions: [] });
    await registry.enable(key);
    if (round % 3 === 0) await registry.disable(key);
    if (round % 2 === 1) await registry.uninstall(key);
  }
}

await Promise.all(["a", "b", "c"].map(churn));
