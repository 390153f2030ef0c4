import { describe, expect, test } from "vitest";
import { type Answer, CONFIG_MAPS, configMap, serve, type Call } from "./harness.ts";

interface List {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly data?: object;
  }[];
}

const NAMES = ["a", "b", "c", "d", "e"];
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

async function served(): Promise<Call> {
  const { call } = await serve();
  for (const name of NAMES) await call("POST", CONFIG_MAPS, { body: configMap(name) });
  return call;
}

function listOf({ json }: Answer): List {
  return json as List;
}

function namesOf(list: List): string[] {
  return list.items.map(({ metadata }) => metadata.name);
}

describe("a list in parts", () => {
  test("goes from token to token until there is none", async () => {
    const call = await served();
    const first = listOf(await call("GET", `${CONFIG_MAPS}?limit=2`));
    expect(namesOf(first)).toEqual(["a", "b"]);
    expect(first.metadata.remainingItemCount).toBe(3);
    const token = first.metadata.continue ?? "";
    const second = listOf(await call("GET", `${CONFIG_MAPS}?limit=2&continue=${token}`));
    expect(namesOf(second)).toEqual(["c", "d"]);
    const rest = `${CONFIG_MAPS}?limit=2&continue=${second.metadata.continue ?? ""}`;
    const third = listOf(await call("GET", rest));
    expect(namesOf(third)).toEqual(["e"]);
    expect(third.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  test("shows one state, whatever is written in between", async () => {
    const call = await served();
    const first = listOf(await call("GET", `${CONFIG_MAPS}?limit=2`));
    await call("POST", CONFIG_MAPS, { body: configMap("bb") });
    await call("DELETE", `${CONFIG_MAPS}/c`);
    await call("PUT", `${CONFIG_MAPS}/d`, { body: configMap("d", { new: "1" }) });
    await call("PUT", `${CONFIG_MAPS}/d`, { body: configMap("d", { new: "2" }) });
    const rest = await call("GET", `${CONFIG_MAPS}?continue=${first.metadata.continue ?? ""}`);
    expect(namesOf(listOf(rest))).toEqual(["c", "d", "e"]);
    expect(rest.text).not.toContain('"new"');
    expect(listOf(rest).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const { resourceVersion } = first.metadata;
    const exact = `${CONFIG_MAPS}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    expect(namesOf(listOf(await call("GET", exact)))).toEqual(NAMES);
    expect(namesOf(listOf(await call("GET", CONFIG_MAPS)))).toEqual(["a", "b", "bb", "d", "e"]);
  });

  test("whose state is too old is 410 Expired", async () => {
    const call = await served();
    const first = listOf(await call("GET", `${CONFIG_MAPS}?limit=2`));
    for (let count = 0; count < 60; count += 1)
      await call("PUT", `${CONFIG_MAPS}/a`, { body: configMap("a", { count: String(count) }) });
    const answer = await call("GET", `${CONFIG_MAPS}?continue=${first.metadata.continue ?? ""}`);
    expect(answer.json).toMatchObject({
      code: 410,
      reason: "Expired",
      message: expect.stringMatching(/^The provided continue parameter is too old/) as string,
    });
  });

  test("counts what is left only without selectors, and works for tables", async () => {
    const call = await served();
    const some = `${CONFIG_MAPS}?limit=1&fieldSelector=metadata.name!%3Db`;
    const first = listOf(await call("GET", some));
    expect(first.metadata).not.toHaveProperty("remainingItemCount");
    const token = first.metadata.continue ?? "";
    expect(namesOf(listOf(await call("GET", `${some}&continue=${token}`)))).toEqual(["c"]);
    const headers = { accept: TABLE };
    const table = await call("GET", `${CONFIG_MAPS}?limit=4`, { headers });
    expect(table.json).toMatchObject({
      kind: "Table",
      metadata: { remainingItemCount: 1, continue: expect.any(String) as string },
      rows: [{}, {}, {}, {}],
    });
  });

  test.each([
    ["continue=nonsense", 400],
    ["continue=e30", 400],
    ["limit=-1", 400],
    ["resourceVersionMatch=Exact", 422],
    ["resourceVersionMatch=Exact&resourceVersion=0", 422],
    ["resourceVersionMatch=Sometimes&resourceVersion=3", 422],
    ["watch=1&resourceVersionMatch=NotOlderThan", 422],
    ["watch=1&sendInitialEvents=true", 422],
  ])("refuses %s with %i", async (query, code) => {
    const { call } = await serve();
    expect((await call("GET", `${CONFIG_MAPS}?${query}`)).code).toBe(code);
  });

  test("refuses a token beside a resourceVersion", async () => {
    const call = await served();
    const { metadata } = listOf(await call("GET", `${CONFIG_MAPS}?limit=2`));
    const query = `continue=${metadata.continue ?? ""}&resourceVersion=${metadata.resourceVersion}`;
    expect((await call("GET", `${CONFIG_MAPS}?${query}`)).code).toBe(400);
  });
});
