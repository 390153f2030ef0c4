import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit } from "../../../src/api/admission.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import type { PluginSpec } from "../../../src/api/plugin.ts";
import { PortunixError } from "../../../src/base/errors.ts";
import { pluginInput } from "./objects.ts";

function refusal(input: unknown): PortunixError {
  try {
    admit(pluginDefinition, input);
  } catch (thrown) {
    if (thrown instanceof PortunixError) return thrown;
    throw thrown;
  }
  throw new Error("was admitted");
}

describe("admit", () => {
  test("fills in the namespace and the spec, and leaves the status and the input alone", () => {
    const status = { phase: "Running", instances: null };
    const input = { ...pluginInput({ restart: { policy: "Never" } }), status };
    const before = structuredClone(input);
    const object = admit(pluginDefinition, input);
    expect(object.metadata).toEqual({ name: "monitor", namespace: "default" });
    expect((object.spec as PluginSpec).restart).toEqual({
      policy: "Never",
      initialDelaySeconds: 1,
      maxDelaySeconds: 60,
      resetAfterSeconds: 600,
    });
    expect((object.spec as PluginSpec).probes.startup.failureThreshold).toBe(30);
    expect(object.status).toEqual(status);
    expect(input).toEqual(before);
    expect(admit(pluginDefinition, object)).toEqual(object);
  });

  test("says one fault as kube-apiserver does", () => {
    const error = refusal(pluginInput({ replicas: "x" }));
    expect(error.code).toBe("ManifestInvalid");
    expect(error.message).toBe(
      'Plugin.portunix.ai "monitor" is invalid: spec.replicas: Invalid value: "string": must be of type integer',
    );
  });

  test("says all faults at once, also what only the kind knows next to a misspelt field", () => {
    const error = refusal(pluginInput({ replcas: 1, source: { path: "x" } }, { name: "A" }));
    expect(error.causes.map(({ field }) => field)).toEqual([
      "metadata.name",
      "spec.replcas",
      "spec.source.path",
    ]);
    expect(error.message).toMatch(
      /^Plugin\.portunix\.ai "A" is invalid: \[metadata\.name: Invalid .*, unknown field "spec\.replcas", did you mean "replicas"\?, spec\.source\.path: /,
    );
  });

  test("says the first fifty of many faults, and keeps them all", () => {
    const typos = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`wrong${at}`, 1]));
    const error = refusal(pluginInput(typos));
    expect(error.causes).toHaveLength(60);
    expect(error.message).toMatch(/"spec\.wrong49", and 10 more\]$/);
  });

  test("throws nothing but ManifestInvalid, whatever comes in", () => {
    const names = fc.constantFrom(
      "apiVersion",
      "kind",
      "metadata",
      "spec",
      "name",
      "source",
      "data",
      "stringData",
      "probes",
      "dependsOn",
      "configFrom",
      "__proto__",
    );
    const texts = fc.constantFrom("Plugin", "portunix.ai/v1alpha1", "v1", "Secret", "ConfigMap");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        texts,
        fc.jsonValue({ maxDepth: 2 }),
        fc.anything(),
        fc.dictionary(fc.oneof(names, fc.string()), tie("tree"), { maxKeys: 5 }),
        fc.array(tie("tree"), { maxLength: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...allDefinitions), tree, (definition, input) => {
        try {
          admit(definition, input);
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: "PortunixError", code: "ManifestInvalid" });
          expect((thrown as PortunixError).causes).not.toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("throws nothing but ManifestInvalid for a valid Plugin with one part replaced", () => {
    const parts = fc.constantFrom("metadata", "spec", "source", "probes", "restart", "dependsOn");
    fc.assert(
      fc.property(parts, fc.anything(), (part, value) => {
        const input: Record<string, unknown> = { ...pluginInput() };
        if (part in input) input[part] = value;
        else input["spec"] = { source: { path: "/x" }, [part]: value };
        try {
          expect(admit(pluginDefinition, input)).toHaveProperty("spec.replicas");
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: "PortunixError", code: "ManifestInvalid" });
        }
      }),
      { numRuns: 500 },
    );
  });
});
