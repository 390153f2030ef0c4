import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../../src/api/meta.ts";
import type { InstanceStatus, Plugin } from "../../../../src/api/plugin.ts";
import { condemnedInstances } from "../../../../src/api/pod-deletions.ts";
import { podDefinition } from "../../../../src/api/views/pod-definition.ts";
import type { PodStatus } from "../../../../src/api/views/pod-status.ts";
import { podName, podsOf, splitPodName, withoutPod } from "../../../../src/api/views/pods.ts";
import { CREATED, instanceOf, pluginOf, type PluginParts, STARTED } from "./plugins.ts";

const NOW_MS = Date.parse("2026-01-01T01:00:00Z");

describe("the Pods of a Plugin", () => {
  test("are one for each wanted ordinal, owned by the Plugin and labelled after it", () => {
    const plugin = pluginOf({
      metadata: { labels: { tier: "core" } },
      status: { instances: [instanceOf(0), instanceOf(1)] },
    });
    const pods = podsOf(plugin);
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(["web-0", "web-1"]);
    expect(new Set(pods.map(({ metadata }) => metadata.uid)).size).toBe(2);
    expect(pods[0]?.metadata).toMatchObject({
      namespace: "default",
      resourceVersion: "7",
      creationTimestamp: CREATED,
      labels: { tier: "core", "portunix.ai/plugin": "web", "app.kubernetes.io/name": "web" },
      ownerReferences: [
        { kind: "Plugin", name: "web", uid: plugin.metadata.uid, controller: true },
      ],
    });
    expect(pods[0]?.spec).toMatchObject({
      nodeName: "portunix",
      containers: [{ name: "plugin", image: `web:1.2.0@sha256:${"a".repeat(64)}` }],
    });
  });

  test("follow from the same Plugin in the same way each time", () => {
    const plugin = pluginOf({ status: { instances: [instanceOf(0)] } });
    expect(podsOf(plugin)).toEqual(podsOf(structuredClone(plugin)));
  });

  const resting: readonly [string, PluginParts][] = [
    ["is not to run", { spec: { desiredState: "Enabled" } }],
    ["is a tool by its package", { status: { desiredState: "Enabled" } }],
    ["is wanted no times", { spec: { replicas: 0 } }],
    ["is being deleted and has ended", { metadata: { deletionTimestamp: CREATED } }],
  ];
  test.each(resting)("are none of a Plugin that %s", (_why, parts) => {
    expect(podsOf(pluginOf(parts))).toEqual([]);
  });

  test("stay until their processes have ended, when fewer are wanted or the Plugin goes", () => {
    const instances = [instanceOf(0), instanceOf(1, { state: "stopping", ready: false })];
    const fewer = podsOf(pluginOf({ spec: { replicas: 1 }, status: { instances } }));
    expect(fewer.map(statusText)).toEqual(["web-0 1/1 Running 0", "web-1 0/1 Running 0"]);
    const metadata = { deletionTimestamp: STARTED };
    const going = podsOf(pluginOf({ metadata, status: { instances } }));
    expect(going.map(statusText)).toEqual(["web-0 1/1 Terminating 0", "web-1 0/1 Terminating 0"]);
  });
});

describe("the status of a Pod", () => {
  const blocked = (reason: string, message: string) => [{ reason, message }];
  const crashing = blocked(
    "CrashLoopBackOff",
    "instance 0 ended 3 times in a row, lately: exited with code 7",
  );
  const slots = [
    { ordinal: 0, restarts: 3, lastReason: "Exited", lastMessage: "exited with code 7" },
  ];
  const cases: readonly [string, PluginParts["status"], string, PodStatus["phase"]][] = [
    [
      "that waits for its turn",
      { instances: [instanceOf(0, { state: "queued" })] },
      "ContainerCreating 0",
      "Pending",
    ],
    ["that starts", { instances: [instanceOf(0, { state: "starting" })] }, "Running 0", "Running"],
    [
      "that does not answer",
      { instances: [instanceOf(0, { state: "unhealthy" })] },
      "Running 0",
      "Running",
    ],
    [
      "that keeps ending",
      { instances: [], slots, blockers: crashing },
      "CrashLoopBackOff 3",
      "Running",
    ],
    [
      "that has just failed",
      { instances: [instanceOf(0, { state: "exited", exitCode: 7 })] },
      "Error 0",
      "Running",
    ],
    [
      "that has just ended well",
      { instances: [instanceOf(0, { state: "exited", exitCode: 0 })] },
      "Completed 0",
      "Running",
    ],
    [
      "that waits for a dependency",
      { instances: [], blockers: blocked("DependencyNotReady", "plugin/db is not Ready") },
      "DependencyNotReady 0",
      "Pending",
    ],
    [
      "that is only under way",
      { instances: [], blockers: blocked("Progressing", "next: install") },
      "ContainerCreating 0",
      "Pending",
    ],
    [
      "that is let be after code 0",
      {
        instances: [],
        slots: [
          { ordinal: 0, restarts: 0, lastReason: "Exited", lastMessage: "exited with code 0" },
        ],
        blockers: blocked(
          "Completed",
          "instance 0 ended and restart.policy lets it be: exited with code 0",
        ),
      },
      "Completed 0",
      "Succeeded",
    ],
  ];
  test.each(cases)("of an instance %s", (_what, status, text, phase) => {
    const [pod] = podsOf(pluginOf({ spec: { replicas: 1 }, status: { ...status, ready: "0/1" } }));
    expect(pod && statusText(pod)).toBe(`web-0 0/1 ${text}`);
    expect(pod && statusOf(pod).phase).toBe(phase);
    expect(pod && readyOf(pod)).toBe("False");
  });

  test("of a ready instance is Current by kstatus: phase Running and Ready True", () => {
    const [pod] = podsOf(pluginOf({ status: { instances: [instanceOf(0)] } }));
    expect(pod && statusOf(pod)).toMatchObject({
      phase: "Running",
      podIP: "127.0.0.1",
      startTime: STARTED,
      containerStatuses: [
        { ready: true, started: true, state: { running: { startedAt: STARTED } } },
      ],
    });
    expect(pod && readyOf(pod)).toBe("True");
  });

  test("takes for each ordinal what is said of it alone", () => {
    const pods = podsOf(
      pluginOf({ status: { instances: [instanceOf(1)], slots, blockers: crashing } }),
    );
    expect(pods.map(statusText)).toEqual(["web-0 0/1 CrashLoopBackOff 3", "web-1 1/1 Running 0"]);
  });
});

describe("the deletion of a Pod", () => {
  const running = pluginOf({ status: { instances: [instanceOf(0), instanceOf(1)] } });

  test("condemns its instance, and shows the same Pod on its way out", () => {
    const after = deleted(running, "web-1");
    expect(condemnedInstances(after.metadata)).toEqual(["00000001"]);
    const [other, going] = podsOf(after);
    expect(other).toEqual(podsOf(running)[0]);
    expect(going?.metadata.uid).toBe(podsOf(running)[1]?.metadata.uid);
    expect(going?.metadata.deletionTimestamp).toBe("2026-01-01T01:00:00Z");
  });

  test("makes another Pod of what comes next, and each deletion one more", () => {
    const uids = [uidOf(running, 1)];
    let plugin = running;
    for (const id of ["0000000a", "0000000b", "0000000c"]) {
      const going = deleted(plugin, "web-1");
      expect(uidOf(going, 1)).toBe(uids.at(-1));
      plugin = withInstances(going, [instanceOf(0), instanceOf(1, { id })]);
      uids.push(uidOf(plugin, 1));
      expect(uidOf(withInstances(going, [instanceOf(0)]), 1)).toBe(uids.at(-1));
    }
    expect(new Set(uids).size).toBe(4);
    expect(podsOf(plugin)[1]?.metadata.creationTimestamp).toBe("2026-01-01T01:00:00Z");
  });

  test("asked for twice changes nothing more, nor of what is not there", () => {
    const after = deleted(running, "web-1");
    expect(withoutPod(after, "web-1", NOW_MS + 5)).toBe(after);
    expect(withoutPod(running, "web-9", NOW_MS)).toBe(running);
  });

  test("of one that waits to be started gives it another uid alone", () => {
    const waiting = pluginOf({ status: { instances: [instanceOf(0)] } });
    const after = deleted(waiting, "web-1");
    expect(uidOf(after, 1)).not.toBe(uidOf(waiting, 1));
    expect(podsOf(after)[1]?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("survives an annotation that somebody has spoilt", () => {
    for (const text of [
      "",
      "x",
      "0,a",
      "0,a,yesterday,,",
      ";;",
      "99999,a,2026-01-01T00:00:00Z,,",
    ]) {
      const plugin = pluginOf({ metadata: { annotations: { "portunix.ai/podDeletions": text } } });
      expect(podsOf(plugin)).toHaveLength(2);
      expect(condemnedInstances(plugin.metadata)).toEqual([]);
    }
  });
});

test("names of Pods lead back to their Plugin and ordinal", () => {
  expect(splitPodName(podName("a-1", 0))).toEqual({ plugin: "a-1", ordinal: 0 });
  expect(splitPodName("web-12")).toEqual({ plugin: "web", ordinal: 12 });
  for (const name of ["web", "web-", "web-01", "-1", "web-x"])
    expect(splitPodName(name)).toBeUndefined();
});

function deleted(plugin: Plugin, pod: string): Plugin {
  return withoutPod(plugin, pod, NOW_MS) as Plugin;
}

function withInstances(plugin: Plugin, instances: readonly InstanceStatus[]): Plugin {
  return pluginOf({ metadata: plugin.metadata, status: { instances } });
}

function uidOf(plugin: Plugin, index: number): string | undefined {
  return podsOf(plugin)[index]?.metadata.uid;
}

/** The first cells of its row in `kubectl get pods`. */
function statusText(pod: StoredObject): string {
  return podDefinition.columns
    .slice(0, 4)
    .map(({ cell }) => cell(pod))
    .join(" ");
}

function statusOf({ status }: StoredObject): PodStatus {
  return status as PodStatus;
}

function readyOf(pod: StoredObject): unknown {
  const conditions = statusOf(pod).conditions as readonly { type: string; status: string }[];
  return conditions.find(({ type }) => type === "Ready")?.status;
}
