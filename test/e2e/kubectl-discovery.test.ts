import { beforeAll, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const SCHEMA = "/openapi/v3/apis/portunix.ai/v1alpha1";

describeEach(kubectls(), "discovery and explain", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      { run: "get --raw /readyz", stdout: "ok" },
      { run: "get --raw /livez", stdout: "ok" },
      {
        run: "get --raw /version",
        stdout: [/"gitVersion":\s*"v1\.32\.0\+portunix-\d+\.\d+\.\d+"/],
      },
      {
        run: "version",
        stdout: [/^Server Version: v1\.32\.0\+portunix-/m],
        // Newer clients say that they are newer.
        stderr: /^(?:Warning: version difference.*)?$/,
      },
      { run: "cluster-info", stdout: ["is running at", "https://SERVER"] },
      {
        run: "api-versions",
        stdout: `
        apiextensions.k8s.io/v1
        apps/v1
        authentication.k8s.io/v1
        authentication.k8s.io/v1beta1
        authorization.k8s.io/v1
        coordination.k8s.io/v1
        metrics.k8s.io/v1beta1
        portunix.ai/v1alpha1
        v1`,
      },
      {
        run: "api-resources --api-group=portunix.ai -o wide",
        stdout: [
          /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND +VERBS +CATEGORIES$/m,
          /^plugins +plg +portunix\.ai\/v1alpha1 +true +Plugin +create,delete,\S*get,list,patch,update,watch/m,
        ],
      },
      {
        run: "api-resources --namespaced=false -o name --verbs=create,get",
        stdout: ["customresourcedefinitions.apiextensions.k8s.io", "namespaces"],
      },
      { run: "explain plugin", stdout: ["KIND:   Plugin", "spec\t<Object>", "status\t<Object>"] },
      {
        run: "explain plugin.spec.replicas",
        stdout: `
        GROUP:   portunix.ai
        KIND:   Plugin
        VERSION:   v1alpha1

        FIELD: replicas <integer>


        DESCRIPTION:
            Number of instances while desiredState is Running.`,
      },
      {
        run: "explain plugin.spec --recursive",
        stdout: [
          "desiredState\t<string>",
          "terminationGracePeriodSeconds\t<integer>",
          "secretRef\t<Object>",
          "name\t<string> -required-",
          "enum: Always, OnFailure, Never",
        ],
      },
      { run: "explain plg.status.conditions.reason", stdout: ["FIELD: reason <string>"] },
      { run: "explain configmap.data", stdout: ["FIELD: data <map[string]string>"] },
      { run: "explain plugin.metadata.labels", stdout: ["FIELD: labels <map[string]string>"] },
      { run: "explain pod", stdout: ["KIND:   Pod", "DESCRIPTION:"] },
      {
        run: "explain plugin.spec.nothing",
        status: 1,
        stderr: 'error: field "nothing" does not exist',
        stdout: /[^]*/,
      },
      {
        run: "get nonsense",
        status: 1,
        stderr: `error: the server doesn't have a resource type "nonsense"`,
      },
    ],
  );

  test("every field of a Plugin has its text", async () => {
    const text = await session.ok(`get --raw ${SCHEMA}`);
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, Schema> } };
    const plugin = components.schemas["ai.portunix.v1alpha1.Plugin"];
    expect(Object.keys(components.schemas)).toContain("ai.portunix.v1alpha1.Plugin");
    expect(Object.keys(plugin?.properties?.["spec"]?.properties ?? {})).toContain("probes");
    expect(silentFields(plugin ?? {}, "plugin")).toEqual([]);
  });
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  /** Refers to a schema with a text of its own: metadata. */
  readonly allOf?: readonly unknown[];
}

function silentFields(schema: Schema, path: string): readonly string[] {
  const inner = { ...schema.items?.properties, ...schema.properties };
  return Object.entries(inner).flatMap(([name, field]) => [
    ...(field.description === undefined && field.allOf === undefined ? [`${path}.${name}`] : []),
    ...silentFields(field, `${path}.${name}`),
  ]);
}
