import { expect, test } from "vitest";
import type { ResourceDefinition } from "../../../src/api/resource-definition.ts";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { serve } from "./harness.ts";

/** A kind that nobody has heard of, without namespaces. */
const widget: ResourceDefinition = {
  group: "factory.example",
  version: "v2",
  kind: "Widget",
  plural: "widgets",
  singular: "widget",
  shortNames: ["wg"],
  categories: [],
  namespaced: false,
  schema: {
    type: "object",
    required: ["spec"],
    properties: {
      spec: {
        type: "object",
        required: ["size"],
        properties: { size: { type: "integer" }, colour: { type: "string", default: "grey" } },
      },
      status: { type: "object", properties: { weight: { type: "integer" } } },
    },
  },
  columns: [],
  hasStatus: true,
  finalizers: [],
  selectableFields: {},
};

test("serves any kind that is given as data, also without namespaces", async () => {
  const { call } = await serve({ store: new MemoryStore(), definitions: () => [widget] });
  const widgets = "/apis/factory.example/v2/widgets";
  const created = await call("POST", widgets, {
    body: { metadata: { name: "w" }, spec: { size: 1 } },
  });
  expect(created.code).toBe(201);
  expect(created.json).toMatchObject({
    apiVersion: "factory.example/v2",
    kind: "Widget",
    spec: { size: 1, colour: "grey" },
  });
  expect(created.json).not.toHaveProperty("metadata.namespace");
  const invalid = await call("POST", widgets, { body: { metadata: { name: "v" }, spec: {} } });
  expect(invalid.json).toMatchObject({
    message: expect.stringContaining('Widget.factory.example "v" is invalid: spec.size') as string,
  });
  const patched = await call("PATCH", `${widgets}/w/status`, {
    headers: { "content-type": "application/merge-patch+json" },
    body: { status: { weight: 5 }, spec: { size: 9 } },
  });
  expect(patched.json).toMatchObject({ spec: { size: 1 }, status: { weight: 5 } });
  expect((await call("GET", widgets)).json).toMatchObject({ kind: "WidgetList", items: [{}] });
  expect((await call("GET", "/apis/factory.example/v2/namespaces/default/widgets")).code).toBe(404);
  expect((await call("GET", "/apis/portunix.ai/v1alpha1/plugins")).code).toBe(404);
  expect((await call("DELETE", `${widgets}/w`)).json).toMatchObject({ status: "Success" });
});
