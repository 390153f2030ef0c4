import { expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { convergenceOf } from "../../../src/cli/status/convergence.ts";

function plugin(
  conditions: Readonly<Record<string, string | [string, string]>>,
  observed = 1,
): StoredObject {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: {
      name: "a",
      uid: "u",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    status: {
      observedGeneration: observed,
      conditions: Object.entries(conditions).map(([type, stated]) => {
        const [status, reason] = typeof stated === "string" ? [stated, type] : stated;
        return {
          type,
          status,
          reason,
          message: "",
          observedGeneration: observed,
          lastTransitionTime: "2026-01-01T00:00:00Z",
        };
      }),
    },
  };
}

test.each([
  ["converged", plugin({ Ready: "True" }), 0],
  ["suspended on purpose", plugin({ Ready: "False", Suspended: "True" }), 0],
  ["not looked at", plugin({ Ready: "True" }, 0), 10],
  ["drifted", plugin({ Ready: "True", Drifted: "True" }), 11],
  ["not ready, and nothing going on", plugin({ Ready: "False" }), 12],
  [
    "failing again and again",
    plugin({ Ready: "False", Reconciling: ["True", "ProgressingWithRetry"] }),
    12,
  ],
  ["on its way", plugin({ Ready: "False", Reconciling: "True" }), 13],
  ["failed for good", plugin({ Ready: "False", Stalled: "True" }), 14],
  ["claimed by two sources", plugin({ Ready: "True", Conflict: "True" }), 14],
  ["with a bad source", plugin({ Ready: "True", SourceInvalid: "True", Stalled: "True" }), 15],
])("a plugin %s", (_, object, code) => {
  expect(convergenceOf(object).code).toBe(code);
});
