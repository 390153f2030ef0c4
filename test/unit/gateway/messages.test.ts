import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import type { PluginHostClient } from "../../../src/gateway/plugin-manager-client.ts";
import {
  fromStateMessage,
  parseKey,
  toStateMessage,
} from "../../../src/gateway/plugin-state-codec.ts";
import type { InstanceState, PluginState, ServedManager } from "../../../src/gateway/ports.ts";
import {
  parseConfig,
  parseInstall,
  parseSourcePath,
  parseStart,
  parseStop,
} from "../../../src/gateway/requests.ts";
import type { PluginManager } from "../../../src/manager/plugin-manager.ts";
import type { ProcessSupervisor } from "../../../src/manager/ports.ts";
import type { PluginHost } from "../../../src/reconcile/ports.ts";
import type { Supervisor } from "../../../src/runtime/supervisor.ts";

test("the rooms fit together", () => {
  expectTypeOf<PluginHostClient>().toExtend<PluginHost>();
  expectTypeOf<PluginManager>().toExtend<ServedManager>();
  expectTypeOf<Supervisor>().toExtend<ProcessSupervisor>();
});

const states: readonly InstanceState[] = [
  "queued",
  "starting",
  "ready",
  "notReady",
  "unhealthy",
  "stopping",
];
const time = fc.option(fc.integer({ min: 1, max: 2 ** 50 }), { nil: undefined });
const common = {
  id: fc.stringMatching(/^[0-9a-f]{8}$/),
  ordinal: fc.nat(100),
  revision: fc.string(),
  pid: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined }),
  address: fc.string(),
  startedAtMs: time,
  readyAtMs: time,
  exitedAtMs: time,
  reason: fc.string(),
  message: fc.string(),
};
const living = fc.record({
  ...common,
  state: fc.constantFrom(...states),
  exit: fc.constant(undefined),
});
const exited = fc.record({
  ...common,
  state: fc.constant<InstanceState>("exited"),
  exit: fc.record({
    code: fc.option(fc.nat(255), { nil: undefined }),
    signal: fc.option(fc.constant("SIGKILL"), { nil: undefined }),
  }),
});
const state: fc.Arbitrary<PluginState> = fc.record({
  key: fc.constant(toKey("team-a", "monitor")),
  sequence: fc.nat(),
  observed: fc.record({
    state: fc.constant("known" as const),
    installed: fc.option(
      fc.record({ name: fc.string(), version: fc.string(), digest: fc.string() }),
      { nil: undefined },
    ),
    isEnabled: fc.boolean(),
    configDigest: fc.string(),
    instances: fc.array(fc.oneof(living, exited), { maxLength: 3 }),
  }),
});

describe("a plugin's state", () => {
  test("comes out of its message as it went in", () => {
    fc.assert(
      fc.property(state, (value) => {
        expect(fromStateMessage(toStateMessage(value))).toEqual(value);
      }),
    );
  });

  test("is refused with a state of an instance that is unknown here", () => {
    const [value] = fc.sample(fc.tuple(state, living), 1);
    if (value === undefined) throw new Error("no sample");
    const [plugin, instance] = value;
    const message = toStateMessage({
      ...plugin,
      observed: { ...plugin.observed, instances: [instance] },
    });
    const newer = {
      ...message,
      instances: message.instances.map((one) => ({ ...one, state: "FROZEN" })),
    };
    expect(() => fromStateMessage(newer)).toThrow(/FROZEN/);
  });
});

describe("a request", () => {
  test.each([
    "",
    "a",
    "/",
    "a/",
    "/a",
    "a/b/c",
    "A/b",
    "a/b.c",
    "../b",
    "a/..",
    `a/${"b".repeat(64)}`,
  ])("is refused for plugin %j", (text) => {
    expect(() => parseKey(text)).toThrow(expect.objectContaining({ code: "BadRequest" }));
  });

  test("is refused with a path that is not absolute, or no path", () => {
    for (const path of ["", "a", "./a", "~/a", "/a\0b", `/${"a".repeat(4096)}`]) {
      expect(() => parseSourcePath(path)).toThrow(expect.objectContaining({ code: "BadRequest" }));
    }
    expect(parseSourcePath("/a/../b c")).toBe("/a/../b c");
  });

  test("takes empty text for what is left out", () => {
    const message = { plugin: "a/b", sourcePath: "/x", version: "", digest: "" };
    expect(parseInstall(message)).toMatchObject({ version: undefined, digest: undefined });
  });

  test.each(["", "1", "[]", "null", '"x"', "{", '{"a":1}x'])(
    "is refused with config %j",
    (config) => {
      expect(() => parseConfig({ plugin: "a/b", config })).toThrow(
        expect.objectContaining({ code: "BadRequest" }),
      );
    },
  );

  test("does not repeat a configuration that it refuses: it may hold secrets", () => {
    expect(() => parseConfig({ plugin: "a/b", config: '{"token":s3cret}' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    );
  });

  test("is refused with probes or periods that cannot be", () => {
    const probe = {
      initialDelaySeconds: 0,
      periodSeconds: 1,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 1,
    };
    const start = {
      plugin: "a/b",
      ordinal: 0,
      revision: "r1",
      startup: probe,
      readiness: probe,
      liveness: probe,
      terminationGracePeriodSeconds: 10,
    };
    expect(parseStart(start)).toMatchObject({ revision: "r1", gracePeriodSeconds: 10 });
    for (const change of [
      { startup: null },
      { liveness: { ...probe, periodSeconds: 0 } },
      { revision: "" },
      { ordinal: 10_001 },
      { terminationGracePeriodSeconds: 86_401 },
    ]) {
      expect(() => parseStart({ ...start, ...change })).toThrow(
        expect.objectContaining({ code: "BadRequest" }),
      );
    }
    const stop = {
      plugin: "a/b",
      instanceId: "0a1b2c3d",
      gracePeriodSeconds: 1,
      reason: "x".repeat(5000),
    };
    expect(parseStop(stop).reason).toHaveLength(1024);
  });
});
