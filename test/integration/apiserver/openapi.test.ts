import { describe, expect, test } from "vitest";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { serve } from "./harness.ts";

type Json = Readonly<Record<string, unknown>>;

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly "x-kubernetes-group-version-kind"?: Json;
}

const PLUGINS_V3 = "/openapi/v3/apis/portunix.ai/v1alpha1";
const ITEM = "/apis/portunix.ai/v1alpha1/namespaces/{namespace}/plugins/{name}";
const V2 = "application/com.github.proto-openapi.spec.v2";

describe("OpenAPI v3", () => {
  test("is indexed by group version, each with the hash that it may be kept by", async () => {
    const { call } = await serve();
    const index = await call("GET", "/openapi/v3");
    const { paths } = index.json as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        "api/v1",
        "apis/portunix.ai/v1alpha1",
        "apis/coordination.k8s.io/v1",
      ]),
    );
    for (const { serverRelativeURL } of Object.values(paths)) {
      const document = await call("GET", serverRelativeURL);
      expect([document.code, document.headers["cache-control"]]).toEqual([
        200,
        "public, immutable",
      ]);
      const etag = document.headers["etag"] ?? "";
      expect(serverRelativeURL).toContain(etag.replaceAll('"', ""));
      const again = await call("GET", serverRelativeURL, { headers: { "if-none-match": etag } });
      expect([again.code, again.text]).toEqual([304, ""]);
    }
    const stale = await call("GET", `${PLUGINS_V3}?hash=OLD`);
    expect(stale.code).toBe(301);
    expect(stale.headers.location).toBe(paths["apis/portunix.ai/v1alpha1"]?.serverRelativeURL);
    expect((await call("GET", "/openapi/v3/apis/nobody.example/v1")).code).toBe(404);
    expect((await call("POST", "/openapi/v3", { body: {} })).code).toBe(405);
  });

  test("has a text for each field of a Plugin, from the one schema", async () => {
    const { call } = await serve();
    const { components } = (await call("GET", PLUGINS_V3)).json as Document;
    const plugin = components.schemas["ai.portunix.v1alpha1.Plugin"];
    expect(plugin).toMatchObject({
      "x-kubernetes-group-version-kind": [
        { group: "portunix.ai", version: "v1alpha1", kind: "Plugin" },
      ],
      required: ["spec"],
    });
    const texts = fieldsOf(plugin ?? {});
    expect(texts.size).toBeGreaterThan(80);
    const spec = pluginDefinition.schema.properties?.["spec"]?.properties?.["replicas"];
    expect(texts.get("spec.replicas")).toBe(spec?.description);
    const silent = [...texts].filter(([path, text]) => text === "" && !path.endsWith("metadata"));
    expect(silent).toEqual([]);
    expect(JSON.stringify(components)).not.toMatch(/semver-range|"additionalProperties":false/);
    const refs = [...JSON.stringify(components).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
    for (const [, name = ""] of refs) expect(components.schemas).toHaveProperty([name]);
  });

  test("lists what clients look for before they send a parameter", async () => {
    const { call } = await serve();
    const { paths } = (await call("GET", PLUGINS_V3)).json as Document;
    const patch = paths[ITEM]?.["patch"];
    expect(patch?.["x-kubernetes-group-version-kind"]).toEqual({
      group: "portunix.ai",
      version: "v1alpha1",
      kind: "Plugin",
    });
    expect(patch?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["dryRun", "fieldManager", "fieldValidation", "force"]),
    );
    expect(Object.keys(paths)).toEqual(expect.arrayContaining([`${ITEM}/status`, `${ITEM}/scale`]));
    const core = (await call("GET", "/openapi/v3/api/v1")).json as Document;
    expect(core.paths["/api/v1/namespaces/{namespace}/services/{name}"]).not.toHaveProperty(
      "patch",
    );
    expect(core.paths["/api/v1/namespaces/{namespace}/services/{name}"]).toHaveProperty("get");
  });
});

test("OpenAPI v2 is there, and empty, in both its forms", async () => {
  const { call } = await serve();
  const json = await call("GET", "/openapi/v2");
  expect(json.json).toMatchObject({ swagger: "2.0", paths: {}, definitions: {} });
  const protobuf = await call("GET", "/openapi/v2", {
    headers: { accept: `${V2}@v1.0+protobuf` },
  });
  expect(protobuf.headers["content-type"]).toBe(`${V2}.v1.0+protobuf`);
  expect(protobuf.headers["content-length"]).toBe("29");
});

/** The description of each field, by path; arrays and maps lead to what they hold. */
function fieldsOf(schema: Json, path = ""): Map<string, string> {
  const {
    properties = {},
    items,
    additionalProperties,
  } = schema as {
    properties?: Record<string, Json>;
    items?: Json;
    additionalProperties?: Json;
  };
  const found = new Map<string, string>();
  for (const [name, member] of Object.entries(properties)) {
    const at = path === "" ? name : `${path}.${name}`;
    found.set(at, typeof member["description"] === "string" ? member["description"] : "");
    for (const [below, text] of fieldsOf(member, at)) found.set(below, text);
  }
  for (const held of [items, additionalProperties])
    if (typeof held === "object") for (const entry of fieldsOf(held, path)) found.set(...entry);
  return found;
}
