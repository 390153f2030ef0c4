import { expect, test } from "vitest";
import { renderTemplate } from "../../../src/cli/json-path/evaluate.ts";
import { parseTemplate } from "../../../src/cli/json-path/parse-template.ts";
import { parseFormat, sorterOf } from "../../../src/cli/get/output-format.ts";

// The object and the answers are those of Kubernetes' own page on JSONPath.
const LIST = {
  kind: "List",
  items: [
    {
      kind: "None",
      metadata: { name: "127.0.0.1", labels: { "kubernetes.io/hostname": "127.0.0.1" } },
      status: {
        capacity: { cpu: "4" },
        addresses: [{ type: "LegacyHostIP", address: "127.0.0.1" }],
      },
    },
    {
      kind: "None",
      metadata: { name: "127.0.0.2" },
      status: {
        capacity: { cpu: "8" },
        addresses: [
          { type: "LegacyHostIP", address: "127.0.0.2" },
          { type: "another", address: "127.0.0.3" },
        ],
      },
    },
  ],
  users: [
    { name: "myself", user: {} },
    { name: "e2e", user: { username: "admin", password: "secret" } },
  ],
};

test.each([
  ["kind is {.kind}", "kind is List"],
  ["{['kind']}", "List"],
  ["{$.kind}", "List"],
  ["{..name}", "127.0.0.1 127.0.0.2 myself e2e"],
  ["{.items[*].metadata.name}", "127.0.0.1 127.0.0.2"],
  ["{.users[0].name}", "myself"],
  ["{.users[-1:].name}", "e2e"],
  ["{.users[-1].name}", "e2e"],
  ["{.items[0]['metadata.name', 'kind']}", "None"],
  ['{.users[?(@.name=="e2e")].user.password}', "secret"],
  ["{.users[?(@.name!='e2e')].name}", "myself"],
  ["{.users[?(@.user.password)].name}", "e2e"],
  [
    "{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}",
    '[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] ',
  ],
  ['{range .items[*]}{.metadata.name}{"\\t"}{end}', "127.0.0.1\t127.0.0.2\t"],
  ["{range .items[*]}{$.kind}{end}", "ListList"],
  ["{.items[0].metadata.labels.kubernetes\\.io/hostname}", "127.0.0.1"],
  ["{.items[*].status.addresses[0:1].address}", "127.0.0.1 127.0.0.2"],
  ["{.users[0,1].name}", "myself e2e"],
  ['{.kind}{" } "}{.users[0].name}', "List } myself"],
  ["{.nothing.here}", ""],
  ["{.users[7].name}", ""],
])("%s", (template, text) => {
  expect(renderTemplate(parseTemplate(template), LIST)).toBe(text);
});

test.each(["{.a", "{range .items[*]}", "{end}", "{.a[?(@.b ~ 1)]}", "{.a[b]}", "}{", "{.a]}"])(
  "refuses %s with a hint",
  (template) => {
    expect(() => parseTemplate(template)).toThrow(/JSONPath .*\{\.metadata\.name\}/);
  },
);

test("a member that is a prototype's is not there", () => {
  expect(renderTemplate(parseTemplate("{.constructor.name}{.__proto__}"), {})).toBe("");
});

test("columns show what is missing, and each item of a list", () => {
  const options = { hasHeaders: true, width: undefined };
  const { render } = parseFormat(
    "custom-columns=N:.metadata.name,C:{.status.capacity.cpu}",
    options,
  );
  expect(render?.(LIST)).toBe("N           C\n127.0.0.1   4\n127.0.0.2   8\n");
  expect(render?.({ metadata: {} })).toBe("N        C\n<none>   <none>\n");
});

test.each(["custom-columns=", "custom-columns=A", "jsonpath=", "go-template=x", "YAML"])(
  "-o %s is refused",
  (text) => {
    expect(() => parseFormat(text, { hasHeaders: true, width: undefined })).toThrow(/-o takes/);
  },
);

test("sorts numbers by size, text by the numbers in it, and what is missing first", () => {
  const sorted = (values: readonly unknown[]) =>
    values
      .map((value) => ({ a: value }))
      .toSorted(sorterOf("{.a}"))
      .map(({ a }) => a);
  expect(sorted([10, 9, 100])).toEqual([9, 10, 100]);
  expect(sorted(["a10", "a9", undefined, "a1"])).toEqual([undefined, "a1", "a9", "a10"]);
});
