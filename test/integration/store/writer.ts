import { writeSync } from "node:fs";
import type { ResourceDefinition } from "../../../src/api/resource-definition.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { PortunixError } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openStore, type Store } from "../../../src/store/store.ts";

/**
 * A program that opens the store at argv[2] and, in mode `hold`, keeps it; in mode `write`, writes
 * until it is killed, with one line on standard output for each write that has been acknowledged.
 */

export const ROUND_KIND: ResourceDefinition = {
  group: "test.portunix.ai",
  version: "v1",
  kind: "Round",
  plural: "rounds",
  singular: "round",
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  columns: [],
  hasStatus: true,
  finalizers: [],
  selectableFields: {},
};

const [, program = "", path = "", mode = "", round = ""] = process.argv;
if (program.endsWith("program.mjs")) await main();

async function main(): Promise<void> {
  try {
    const definitions = [ROUND_KIND];
    const store = await openStore({ path, clock: systemClock, logger: silentLogger, definitions });
    say("open");
    if (mode === "write") writeForever(store);
    else setInterval(() => store.resourceVersion(), 60_000);
  } catch (thrown) {
    const { code, message } = PortunixError.from(thrown);
    say(code);
    say(message);
    process.exitCode = 1;
  }
}

/** Object `<round>-<n>` is made, then `total` counts it, then it says so; every third goes again. */
function writeForever(store: Store): void {
  const named = (name: string, spec: unknown) => ({
    apiVersion: "test.portunix.ai/v1",
    kind: "Round",
    metadata: { name, namespace: "default" },
    spec,
  });
  if (store.get(ROUND_KIND, "default", "total") === undefined)
    store.create(ROUND_KIND, named("total", 0));
  for (let n = 0; ; n += 1) {
    const before = Number(store.get(ROUND_KIND, "default", "total")?.spec);
    store.create(ROUND_KIND, named(`${round}-${n}`, "x".repeat(500)));
    store.update(ROUND_KIND, named("total", before + 1));
    if (n % 3 === 0) store.delete(ROUND_KIND, "default", `${round}-${n}`);
    say(`${n} ${before + 1} ${store.resourceVersion()}`);
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
