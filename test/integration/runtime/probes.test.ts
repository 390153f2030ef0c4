import { describe, expect, test } from "vitest";
import { PROBES, RuntimeHome, inState, isAlive, launchRequest, startReady } from "./harness.ts";

const quick = { ...PROBES.readiness, timeoutSeconds: 1, failureThreshold: 1 };
/** Enough for a fixture to listen on a busy machine. */
const startup = { ...quick, failureThreshold: 4 };

describe("probes", () => {
  test("call a plugin that never serves unhealthy once its time is up, and do not kill it", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const probes = { ...PROBES, startup };
    const { id } = await supervisor.start(launchRequest("never-ready", { probes }));
    const unhealthy = await inState(supervisor, id, "unhealthy");
    expect(unhealthy).toMatchObject({ reason: "StartupProbeFailed", readyAtMs: undefined });
    expect(unhealthy.message).toContain("NOT_SERVING");
    expect(isAlive(unhealthy.pid)).toBe(true);
  });

  test("call a frozen plugin not ready, then unhealthy", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const states: string[] = [];
    supervisor.onChange(({ state }) => states.push(state));
    const probes = { ...PROBES, readiness: quick, liveness: { ...quick, failureThreshold: 2 } };
    const { id, pid } = await startReady(supervisor, launchRequest("healthy", { probes }));
    process.kill(pid ?? 0, "SIGSTOP");
    const unhealthy = await inState(supervisor, id, "unhealthy");
    expect(unhealthy.reason).toBe("LivenessProbeFailed");
    expect(unhealthy.message).toContain("no answer within 1 s");
    expect(states.indexOf("notReady")).toBeGreaterThan(states.indexOf("ready"));
    expect(isAlive(pid)).toBe(true);
  });

  test("take a frozen plugin back when it goes on in time", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const probes = { ...PROBES, readiness: quick, liveness: { ...quick, failureThreshold: 1000 } };
    const { id, pid } = await startReady(supervisor, launchRequest("healthy", { probes }));
    process.kill(pid ?? 0, "SIGSTOP");
    await inState(supervisor, id, "notReady");
    process.kill(pid ?? 0, "SIGCONT");
    expect(await inState(supervisor, id, "ready")).toMatchObject({ id, pid });
  });

  test("wait for a plugin that is slow to answer, within their timeout", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const slow = { environment: { SLOW_MS: "500" } };
    await startReady(supervisor, launchRequest("slow-to-answer", slow));
    const { id } = await supervisor.start(
      launchRequest("slow-to-answer", { ordinal: 1, probes: { ...PROBES, startup } }),
    );
    expect(await inState(supervisor, id, "unhealthy")).toMatchObject({
      reason: "StartupProbeFailed",
      message: expect.stringContaining("no answer within 1 s"),
    });
  });

  test("find out a plugin that says another version than its package", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const { id } = await supervisor.start(launchRequest("lies-about-version"));
    const unhealthy = await inState(supervisor, id, "unhealthy");
    expect(unhealthy).toMatchObject({ reason: "InfoMismatch", readyAtMs: undefined });
    expect(unhealthy.message).toContain("lies-about-version 9.9.9");
    expect(unhealthy.message).toContain("lies-about-version 1.0.0");
  });

  test("are content with grpc.health.v1 alone, and with PluginService alone", async () => {
    const supervisor = new RuntimeHome().supervisor();
    await startReady(supervisor, launchRequest("health-only"));
    await startReady(supervisor, launchRequest("plugin-service-only"));
  });

  test("ask on demand, and know no instance that is not there", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const { id } = await supervisor.start(launchRequest("never-ready"));
    await inState(supervisor, id, "starting");
    const signal = AbortSignal.timeout(10_000);
    expect(await supervisor.health(id, signal)).toMatchObject({ serving: false });
    const refusal = await supervisor.health("00000000", signal).catch((e: unknown) => e);
    expect(refusal).toMatchObject({ code: "NotFound" });
  });
});
