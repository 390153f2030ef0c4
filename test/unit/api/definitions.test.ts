import { describe, expect, test } from "vitest";
import { admit, review } from "../../../src/api/admission.ts";
import { configMapDefinition } from "../../../src/api/config-map-definition.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { eventDefinition, type CoreEvent } from "../../../src/api/event-definition.ts";
import type { InputObject, StoredObject } from "../../../src/api/meta.ts";
import { namespaceDefinition } from "../../../src/api/namespace-definition.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { qualifiedName, type ResourceDefinition } from "../../../src/api/resource-definition.ts";
import { secretDefinition, type Secret } from "../../../src/api/secret-definition.ts";
import { coreInput, pluginInput } from "./objects.ts";

function stored(object: InputObject, metadata: object = {}): StoredObject {
  const filled = { uid: "u", resourceVersion: "1", generation: 1 };
  const creationTimestamp = "2026-01-02T03:04:05Z";
  return { ...object, metadata: { ...object.metadata, ...filled, creationTimestamp, ...metadata } };
}

function cells(definition: ResourceDefinition, object: StoredObject): Record<string, unknown> {
  return Object.fromEntries(definition.columns.map(({ name, cell }) => [name, cell(object)]));
}

function faultsOf(definition: ResourceDefinition, input: unknown): readonly string[] {
  return review(definition, input).faults.map(({ field, message }) => `${field}: ${message}`);
}

describe("allDefinitions", () => {
  test("names each resource once, by plural, singular and short names", () => {
    const names = allDefinitions.flatMap((it) => [it.plural, it.singular, ...it.shortNames]);
    expect(new Set(names).size).toBe(names.length);
    expect(allDefinitions.map(qualifiedName)).toContain("plugins.portunix.ai");
  });

  test.each(allDefinitions)("$kind shows an object with nothing but its metadata", (definition) => {
    const minimal = definition === pluginDefinition ? pluginInput() : coreInput(definition.kind);
    expect(cells(definition, stored(minimal))).toBeTypeOf("object");
    for (const select of Object.values(definition.selectableFields))
      expect(select(stored(minimal)) ?? "").toBeTypeOf("string");
  });
});

describe("Plugin", () => {
  test("shows its columns", () => {
    const object = {
      ...stored(pluginInput()),
      status: {
        phase: "Running",
        ready: "1/1",
        restarts: 2,
        installed: { name: "monitor", version: "1.0.0", digest: "sha256:0123456789abcdef" },
        conditions: [{ type: "Ready", status: "True", reason: "Serving" }],
      },
    };
    expect(cells(pluginDefinition, object)).toEqual({
      Name: "monitor",
      Ready: "1/1",
      Phase: "Running",
      Version: "1.0.0",
      Restarts: 2,
      Age: "2026-01-02T03:04:05Z",
      Digest: "0123456789ab",
      Source: "/plugins/monitor",
      Reason: "Serving",
    });
    expect(pluginDefinition.selectableFields["status.phase"]?.(object)).toBe("Running");
  });

  test.each([
    [{ probes: { liveness: { successThreshold: 2 } } }, "spec.probes.liveness.successThreshold"],
    [{ probes: { startup: { successThreshold: 2 } } }, "spec.probes.startup.successThreshold"],
    [{ restart: { initialDelaySeconds: 61 } }, "spec.restart.initialDelaySeconds"],
    [{ terminationGracePeriodSeconds: 120 }, "spec.terminationGracePeriodSeconds"],
    [{ dependsOn: [{ name: "monitor" }] }, "spec.dependsOn[0].name"],
    [{ dependsOn: [{ name: "a" }, { name: "a" }] }, "spec.dependsOn[1].name"],
    [{ source: { path: "./x" } }, "spec.source.path"],
    [{ configFrom: [{}] }, "spec.configFrom[0]"],
    [
      { configFrom: [{ secretRef: { name: "a" }, configMapRef: { name: "b" } }] },
      "spec.configFrom[0]",
    ],
  ])("refuses %j", (spec, field) => {
    expect(review(pluginDefinition, pluginInput(spec)).faults).toEqual([
      expect.objectContaining({ field }),
    ]);
  });

  test("takes each of these at its limit", () => {
    const spec = {
      probes: { readiness: { successThreshold: 2 } },
      restart: { initialDelaySeconds: 60 },
      terminationGracePeriodSeconds: 119,
      dependsOn: [{ name: "a" }, { name: "b" }],
      configFrom: [{ secretRef: { name: "a" } }, { configMapRef: { name: "b" } }],
    };
    expect(faultsOf(pluginDefinition, pluginInput(spec))).toEqual([]);
  });
});

describe("Secret", () => {
  test("folds stringData into data, over what stands there", () => {
    const input = {
      ...coreInput("Secret"),
      data: { a: "YQ==", b: "Yg==" },
      stringData: { a: "ä" },
    };
    const secret = admit(secretDefinition, input) as unknown as Secret;
    expect(secret.data).toEqual({ a: "w6Q=", b: "Yg==" });
    expect(secret).not.toHaveProperty("stringData");
    expect(secret.type).toBe("Opaque");
  });

  test("never shows a value: not in its columns, nor in what it complains of", () => {
    const data = { "bad key": "hunter2", plain: "hunter2!" };
    const input = { ...coreInput("Secret"), data };
    const faults = faultsOf(secretDefinition, input);
    expect(faults).toHaveLength(3);
    const object = stored(coreInput("Secret", { data: { a: "aHVudGVyMg==" }, type: "Opaque" }));
    expect(cells(secretDefinition, object)).toMatchObject({ Type: "Opaque", Data: 1 });
    expect(JSON.stringify([faults, cells(secretDefinition, object)])).not.toMatch(
      /hunter2|aHVudGVyMg/,
    );
  });

  test("refuses more than 1 MiB", () => {
    const big = (length: number) => ({
      ...coreInput("Secret"),
      stringData: { a: "x".repeat(length) },
    });
    expect(faultsOf(secretDefinition, big(1_048_576))).toEqual([]);
    expect(faultsOf(secretDefinition, big(1_048_577))).toEqual([
      "data: Too long: may not be more than 1048576 bytes",
    ]);
  });
});

describe("ConfigMap, Namespace and Event", () => {
  test("a ConfigMap refuses bad keys, bad base64 and a key in both parts", () => {
    const input = { ...coreInput("ConfigMap"), data: { "a b": "", c: "" }, binaryData: { c: "?" } };
    expect(faultsOf(configMapDefinition, input)).toEqual([
      expect.stringMatching(/^data\["a b"\]: Invalid value: "a b": a valid config key/),
      expect.stringMatching(/^binaryData\.c: Invalid value: must be base64/),
      expect.stringMatching(/^binaryData: Invalid value: "c": duplicate of key/),
    ]);
  });

  test("a Namespace has no namespace, and shows when it is going", () => {
    expect(admit(namespaceDefinition, coreInput("Namespace")).metadata).toEqual({
      name: "sample",
      labels: { "kubernetes.io/metadata.name": "sample" },
    });
    const going = { deletionTimestamp: "2026-01-02T03:04:06Z" };
    const object = stored(coreInput("Namespace"), going);
    expect(cells(namespaceDefinition, object)).toMatchObject({ Status: "Terminating" });
  });

  test("an Event shows and selects by the object it is about", () => {
    const event = stored(
      coreInput("Event", {
        involvedObject: { kind: "Plugin", name: "monitor", namespace: "default" },
        reason: "Started",
        message: "started",
        type: "Normal",
        count: 2,
        lastTimestamp: "2026-01-02T03:04:07Z",
      }),
      { name: "monitor.17c0ffee" },
    ) as CoreEvent;
    expect(faultsOf(eventDefinition, event)).toEqual([]);
    expect(cells(eventDefinition, event)).toEqual({
      "Last Seen": "2026-01-02T03:04:07Z",
      Type: "Normal",
      Reason: "Started",
      Object: "plugin/monitor",
      Message: "started",
      Count: 2,
    });
    expect(eventDefinition.selectableFields["involvedObject.name"]?.(event)).toBe("monitor");
  });
});
