import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import { PortunixError } from "../../../src/base/errors.ts";
import type { Action } from "../../../src/plan/action.ts";
import { type ExecuteOptions, execute } from "../../../src/reconcile/execute.ts";
import type { PluginHost } from "../../../src/reconcile/ports.ts";
import { pluginSpec } from "../../helpers/arbitraries.ts";

const key = toKey("default", "p0");

const ACTIONS: readonly Action[] = [
  { type: "install", reason: "NotInstalled", version: "1.0.0", digest: "d" },
  { type: "enable", reason: "Desired" },
  { type: "configure", reason: "NotConfigured" },
];

/** A host that does as it is told, and says what it was told. */
function optionsOf(more: Partial<ExecuteOptions> = {}, answers: Partial<PluginHost> = {}) {
  const done: string[] = [];
  const state = { key, sequence: 1 } as Awaited<ReturnType<PluginHost["enable"]>>;
  const doing = (name: string) => () => {
    done.push(name);
    return Promise.resolve(state);
  };
  const host = {
    install: doing("install"),
    enable: doing("enable"),
    configure: doing("configure"),
    ...answers,
  } as unknown as PluginHost;
  const { probes } = pluginSpec({ source: { path: "/p" } });
  const options: ExecuteOptions = {
    key,
    uid: "uid-1",
    launch: {
      sourcePath: "/p",
      version: undefined,
      config: { a: 1 },
      probes,
      gracePeriodSeconds: 10,
    },
    host,
    store: { removeFinalizer: () => {} },
    onState: () => {},
    isCurrent: () => true,
    superseded: new AbortController().signal,
    stopping: new AbortController().signal,
    ...more,
  };
  return { options, done };
}

describe("execute", () => {
  test("performs actions in order", async () => {
    const { options, done } = optionsOf();
    const outcomes = await execute(ACTIONS, options);
    expect(done).toEqual(["install", "enable", "configure"]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  test("stops at the first that fails, since the rest rests on it", async () => {
    const failing = () => Promise.reject(new PortunixError("StorageFull", "no space left"));
    const { options, done } = optionsOf({}, { enable: failing });
    const outcomes = await execute(ACTIONS, options);
    expect(done).toEqual(["install"]);
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: "StorageFull" } });
  });

  test("begins no further action once the object is another than was decided on", async () => {
    let looks = 0;
    const { options, done } = optionsOf({ isCurrent: () => (looks += 1) === 1 });
    expect((await execute(ACTIONS, options)).length).toBe(1);
    expect(done).toEqual(["install"]);
  });

  test("counts an action that was cut short on purpose as no failure", async () => {
    const abort = new AbortController();
    const cutShort = () => {
      abort.abort();
      return Promise.reject(new PortunixError("Conflict", "cancelled"));
    };
    const { options } = optionsOf({ superseded: abort.signal }, { install: cutShort });
    expect(await execute(ACTIONS, options)).toEqual([]);
  });

  test("configures nothing while the configuration is not known", async () => {
    const { options, done } = optionsOf();
    const launch = options.launch && { ...options.launch, config: undefined };
    const outcomes = await execute(ACTIONS.slice(2), { ...options, launch });
    expect(outcomes).toMatchObject([{ ok: false, error: { code: "Internal" } }]);
    expect(done).toEqual([]);
  });
});
