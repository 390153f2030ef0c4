import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import { transition, type Instance, type InstanceEvent } from "../../../src/runtime/instance.ts";

const QUEUED: Instance = {
  id: "0a0b0c0d",
  key: toKey("default", "a"),
  ordinal: 0,
  revision: "r",
  state: "queued",
  pid: undefined,
  address: "unix:/x",
  startedAtMs: undefined,
  readyAtMs: undefined,
  exitedAtMs: undefined,
  exit: undefined,
  reason: "",
  message: "",
};

const LAUNCHED: InstanceEvent = { type: "launched", pid: 7, atMs: 1 };
const STOP: InstanceEvent = { type: "stopRequested", message: "stopping" };
const EXITED: InstanceEvent = {
  type: "exited",
  exit: { code: 1, signal: undefined },
  reason: "Exited",
  message: "",
  atMs: 9,
};
const probed = (state: "starting" | "ready" | "notReady" | "unhealthy", atMs: number) =>
  ({ type: "probed", verdict: { state, reason: "", message: "" }, atMs }) as const;

function after(...events: readonly InstanceEvent[]): Instance {
  return events.reduce(transition, QUEUED);
}

const event = fc.oneof(
  fc.constantFrom<InstanceEvent>(LAUNCHED, STOP, EXITED, { type: "adopted", pid: 8 }),
  fc
    .tuple(fc.constantFrom("starting", "ready", "notReady", "unhealthy" as const), fc.nat(99))
    .map(([state, atMs]) => probed(state, atMs)),
);

describe("transition", () => {
  test("goes from queued over starting and ready to exited", () => {
    expect(after(LAUNCHED)).toMatchObject({ state: "starting", pid: 7, startedAtMs: 1 });
    expect(after(LAUNCHED, probed("ready", 2))).toMatchObject({ state: "ready", readyAtMs: 2 });
    expect(after(LAUNCHED, probed("ready", 2), EXITED)).toMatchObject({
      state: "exited",
      pid: undefined,
      readyAtMs: 2,
      exitedAtMs: 9,
    });
  });

  test("becoming ready again counts anew, answering to a new daemon does not", () => {
    const again = [LAUNCHED, probed("ready", 2), probed("notReady", 3), probed("ready", 4)];
    expect(after(...again).readyAtMs).toBe(4);
    const adopted = [LAUNCHED, probed("ready", 2), { type: "adopted", pid: 7 }] as const;
    expect(after(...adopted)).toMatchObject({ state: "starting", readyAtMs: 2 });
    expect(after(...adopted, probed("ready", 5)).readyAtMs).toBe(2);
  });

  test("never leaves exited, and leaves stopping only for it", () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, later) => {
        const exited = [...before, EXITED].reduce(transition, QUEUED);
        expect(later.reduce(transition, exited)).toEqual(exited);
        const stopping = transition(before.reduce(transition, QUEUED), STOP);
        expect(["stopping", "exited"]).toContain(later.reduce(transition, stopping).state);
      }),
    );
  });
});
