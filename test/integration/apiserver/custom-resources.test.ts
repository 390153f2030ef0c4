import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { structuralFaults } from "../../../src/api/crd/structural-schema.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { DefinitionRegistry } from "../../../src/apiserver/definition-registry.ts";
import { startLifecycle } from "../../../src/apiserver/lifecycle/start-lifecycle.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openStore } from "../../../src/store/store.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { serve, type Call } from "./harness.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/factory.example/v1/namespaces/default/widgets";
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const MERGE = { "content-type": "application/merge-patch+json" };

function widgetCrd(names: object = {}, version: object = {}): object {
  const all = { plural: "widgets", kind: "Widget", shortNames: ["wg"], ...names };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${all.plural}.factory.example` },
    spec: {
      group: "factory.example",
      scope: "Namespaced",
      names: all,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.count", statusReplicasPath: ".status.count" },
          },
          additionalPrinterColumns: [
            { name: "Count", type: "integer", jsonPath: ".spec.count" },
            { name: "Colour", type: "string", jsonPath: ".spec.colour", priority: 1 },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
          selectableFields: [{ jsonPath: ".spec.colour" }],
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                spec: {
                  type: "object",
                  description: "What is wanted of the widget.",
                  required: ["count"],
                  properties: {
                    count: { type: "integer", minimum: 0, maximum: 10, exclusiveMaximum: true },
                    colour: { type: "string", default: "grey", enum: ["grey", "red"] },
                    size: { "x-kubernetes-int-or-string": true },
                    note: { type: "string", nullable: true, format: "nobody-knows" },
                    tags: { type: "object", additionalProperties: { type: "string" } },
                  },
                },
                status: { type: "object", properties: { count: { type: "integer" } } },
              },
            },
          },
          ...version,
        },
      ],
    },
  };
}

function widget(name: string, spec: object): { readonly body: object } {
  return { body: { metadata: { name }, spec } };
}

async function withWidgets(): Promise<Call> {
  const { call } = await serve();
  expect((await call("POST", CRDS, { body: widgetCrd() })).code).toBe(201);
  return call;
}

describe("a CustomResourceDefinition", () => {
  test("serves its kind at once: discovery, OpenAPI, objects and tables", async () => {
    const call = await withWidgets();
    expect((await call("GET", `${CRDS}/widgets.factory.example`)).json).toMatchObject({
      spec: { names: { singular: "widget", listKind: "WidgetList" } },
      status: {
        conditions: [
          { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
          { type: "Established", status: "True", reason: "InitialNamesAccepted" },
        ],
        acceptedNames: { plural: "widgets" },
        storedVersions: ["v1"],
      },
    });
    expect((await call("GET", "/apis/factory.example/v1")).json).toMatchObject({
      resources: [{ name: "widgets" }, { name: "widgets/status" }, { name: "widgets/scale" }],
    });
    expect((await call("GET", "/openapi/v3/apis/factory.example/v1")).text).toContain(
      "What is wanted of the widget.",
    );
    const created = await call("POST", WIDGETS, widget("a", { count: 3, size: "40%" }));
    expect(created.json).toMatchObject({ kind: "Widget", spec: { count: 3, colour: "grey" } });
    const table = await call("GET", WIDGETS, { headers: TABLE });
    expect(table.json).toMatchObject({
      columnDefinitions: [
        { name: "Name" },
        { name: "Count", type: "integer", priority: 0 },
        { name: "Colour", priority: 1 },
        { name: "Age" },
      ],
      rows: [{ cells: ["a", 3, "grey", expect.any(String) as string] }],
    });
    expect((await call("GET", `${WIDGETS}/a/scale`)).json).toMatchObject({ spec: { replicas: 3 } });
    const red = await call("GET", `${WIDGETS}?fieldSelector=spec.colour%3Dred`);
    expect(red.json).toMatchObject({ items: [] });
    expect((await call("GET", `${WIDGETS}?fieldSelector=spec.count%3D3`)).code).toBe(400);
  });

  test.each([
    [{ count: 10 }, "spec.count"],
    [{ count: "3" }, "spec.count"],
    [{}, "spec.count"],
    [{ count: 1, colour: "blue" }, "spec.colour"],
    [{ count: 1, tags: { a: 1 } }, "spec.tags.a"],
  ])("holds its objects to its schema: %j", async (spec, field) => {
    const call = await withWidgets();
    expect((await call("POST", WIDGETS, widget("a", spec))).json).toMatchObject({
      code: 422,
      details: { kind: "Widget", causes: [{ field }] },
    });
    const unknown = widget("a", { count: 1, colur: "red", note: null });
    const strict = await call("POST", `${WIDGETS}?fieldValidation=Strict`, unknown);
    expect(strict.json).toMatchObject({
      code: 400,
      message: expect.stringContaining('unknown field "spec.colur"') as string,
    });
    const pruned = await call("POST", WIDGETS, unknown);
    expect(pruned.json).toMatchObject({ spec: { count: 1, colour: "grey", note: null } });
    expect(pruned.text).not.toContain("colur");
    const strategic = { "content-type": "application/strategic-merge-patch+json" };
    expect((await call("PATCH", `${WIDGETS}/a`, { headers: strategic, body: {} })).code).toBe(415);
  });

  test("takes its objects along, and waits for their finalizers", async () => {
    const call = await withWidgets();
    await call("POST", WIDGETS, widget("free", { count: 1 }));
    const body = { metadata: { name: "held", finalizers: ["x.example/y"] }, spec: { count: 1 } };
    await call("POST", WIDGETS, { body });
    await call("DELETE", `${CRDS}/widgets.factory.example`);
    expect((await call("GET", `${CRDS}/widgets.factory.example`)).json).toMatchObject({
      status: { conditions: [{}, {}, { type: "Terminating", status: "True" }] },
    });
    expect((await call("GET", `${WIDGETS}/free`)).code).toBe(404);
    expect((await call("POST", WIDGETS, widget("late", { count: 1 }))).code).toBe(405);
    const free = { headers: MERGE, body: { metadata: { finalizers: null } } };
    expect((await call("PATCH", `${WIDGETS}/held`, free)).code).toBe(200);
    expect((await call("GET", `${CRDS}/widgets.factory.example`)).code).toBe(404);
    expect((await call("GET", WIDGETS)).code).toBe(404);
    expect((await call("GET", "/apis/factory.example/v1")).code).toBe(404);
  });

  test("whose names are taken waits until they are free", async () => {
    const call = await withWidgets();
    const rival = widgetCrd({ plural: "gadgets", kind: "Gadget" });
    await call("POST", CRDS, { body: rival });
    const status = {
      status: {
        conditions: [
          {
            type: "NamesAccepted",
            status: "False",
            reason: "ShortNamesConflict",
            message: '"wg" is already in use',
          },
          { type: "Established", status: "False", reason: "NotAccepted" },
        ],
      },
    };
    expect((await call("GET", `${CRDS}/gadgets.factory.example`)).json).toMatchObject(status);
    const gadgets = WIDGETS.replace("widgets", "gadgets");
    expect((await call("GET", gadgets)).code).toBe(404);
    await call("DELETE", `${CRDS}/widgets.factory.example`);
    expect((await call("GET", gadgets)).code).toBe(200);
  });

  test.each([
    ["another name", { metadata: { name: "x.factory.example" } }, "metadata.name"],
    ["no schema", widgetCrd({}, { schema: {} }), "spec.versions[0].schema.openAPIV3Schema"],
    [
      "a schema without types",
      widgetCrd({}, { schema: { openAPIV3Schema: { type: "object", properties: { a: {} } } } }),
      "spec.versions[0].schema.openAPIV3Schema.properties.a.type",
    ],
    ["no stored version", widgetCrd({}, { storage: false }), "spec.versions"],
    [
      "a wrong path",
      widgetCrd({}, { additionalPrinterColumns: [{ name: "X", type: "string", jsonPath: "x[" }] }),
      "spec.versions[0].additionalPrinterColumns[0].jsonPath",
    ],
  ])("with %s is invalid", async (_, change, field) => {
    const { call } = await serve();
    const { json } = await call("POST", CRDS, { body: { ...widgetCrd(), ...change } });
    expect(json).toMatchObject({ code: 422, details: { causes: [{ field }] } });
  });

  test("cannot change its names", async () => {
    const call = await withWidgets();
    const patch = { headers: MERGE, body: { spec: { names: { kind: "Other" } } } };
    const { json } = await call("PATCH", `${CRDS}/widgets.factory.example`, patch);
    expect(json).toMatchObject({ code: 422, details: { causes: [{ field: "spec.names.kind" }] } });
  });

  test("outlives a restart with its objects", async () => {
    const path = join(tempDir(), "state", "portunix.db");
    const options = { path, clock: systemClock, logger: silentLogger, definitions: allDefinitions };
    const first = await openStore(options);
    const registry = new DefinitionRegistry(allDefinitions);
    const lifecycle = startLifecycle({ store: first, registry, clock: systemClock });
    const { call, server } = await serve({ store: first, definitions: registry.all });
    await call("POST", CRDS, { body: widgetCrd() });
    await call("POST", WIDGETS, widget("a", { count: 1 }));
    await server.close();
    lifecycle.close();
    first.close();
    const second = await openStore(options);
    onTestFinished(() => second.close());
    const again = new DefinitionRegistry(allDefinitions);
    const before = second.resourceVersion();
    const restarted = startLifecycle({ store: second, registry: again, clock: systemClock });
    onTestFinished(() => restarted.close());
    // Nothing has changed, so nothing is written.
    expect(second.resourceVersion()).toBe(before);
    const { call: recall } = await serve({ store: second, definitions: again.all });
    expect((await recall("GET", `${WIDGETS}/a`)).json).toMatchObject({ spec: { count: 1 } });
  });
});

describe("the definition of Plugin", () => {
  const PLUGIN_CRD = `${CRDS}/plugins.portunix.ai`;

  test("installs on a cluster: it is structural, and says all that is served here", async () => {
    const { call } = await serve();
    const { json } = await call("GET", PLUGIN_CRD);
    expect(json).toMatchObject({
      metadata: { name: "plugins.portunix.ai" },
      spec: {
        group: "portunix.ai",
        names: { plural: "plugins", kind: "Plugin", shortNames: ["plg"] },
        scope: "Namespaced",
        versions: [
          {
            name: "v1alpha1",
            subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas" } },
          },
        ],
      },
      status: { conditions: [{}, { type: "Established", status: "True" }] },
    });
    const [version] = (json as { spec: { versions: Version[] } }).spec.versions;
    const schema = version?.schema.openAPIV3Schema;
    expect(structuralFaults(schema, "schema")).toEqual([]);
    expect(JSON.stringify(schema)).not.toMatch(/"\$ref"|"additionalProperties":false|semver/);
    const columns = version?.additionalPrinterColumns.map(({ name }) => name);
    expect(columns).toEqual(
      expect.arrayContaining(["Ready", "Phase", "Version", "Restarts", "Age", "Digest", "Reason"]),
    );
    expect(columns).not.toContain("Name");
  });

  test("is its own manifest in what was last applied, and can be applied again", async () => {
    const { call } = await serve();
    const { metadata, spec } = (await call("GET", PLUGIN_CRD)).json as {
      metadata: { annotations: Record<string, string>; resourceVersion: string };
      spec: object;
    };
    const applied = JSON.parse(
      metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] ?? "",
    ) as object;
    expect(applied).toEqual({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "plugins.portunix.ai" },
      spec,
    });
    const patched = await call("PATCH", PLUGIN_CRD, { headers: MERGE, body: applied });
    expect(patched.json).toMatchObject({ metadata: { resourceVersion: metadata.resourceVersion } });
    const changed = { headers: MERGE, body: { spec: { names: { shortNames: ["p"] } } } };
    expect((await call("PATCH", PLUGIN_CRD, changed)).code).toBe(422);
    expect((await call("DELETE", PLUGIN_CRD)).code).toBe(403);
  });

  interface Version {
    readonly schema: { readonly openAPIV3Schema: unknown };
    readonly additionalPrinterColumns: readonly { readonly name: string }[];
  }
});
