import { expect, test } from "vitest";
import { complete } from "../../../src/cli/completion/candidates.ts";
import type { NameSource } from "../../../src/cli/completion/name-source.ts";

const names: NameSource = {
  types: () => Promise.resolve([{ value: "plugins" }, { value: "pods" }]),
  names: (type, namespace = "default") => Promise.resolve([{ value: `${namespace}-${type}-1` }]),
};

async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { candidates, wantsFiles } = await complete(words, names);
  return [...candidates.map(({ value }) => value), ...(wantsFiles ? [":files"] : [])];
}

test.each([
  [["ge"], ["get"]],
  [["rollout", "st"], ["status"]],
  [
    ["get", "p"],
    ["plugins", "pods"],
  ],
  [["get", "plugins", ""], ["default-plugins-1"]],
  [["get", "-n", "x", "plugins", ""], ["x-plugins-1"]],
  [["get", "--namespace=x", "plugins", ""], ["x-plugins-1"]],
  [["get", "plugins/d"], ["plugins/default-plugins-1"]],
  [["logs", "-f", ""], ["default-plugins-1"]],
  [["plugin", "stop", ""], ["default-plugins-1"]],
  [["get", "-o", "ya"], ["yaml"]],
  [["get", "-o=ya"], []],
  [["get", "--output=ya"], ["--output=yaml"]],
  [["get", "--show-l"], ["--show-labels"]],
  [["apply", "-f", ""], [":files"]],
  [["plugin", "install", ""], [":files"]],
  [["completion", "z"], ["zsh"]],
  [["explain", "plugins", ""], []],
  [["nothing", ""], []],
])("%j", async (words, expected) => {
  expect(await offered(...words)).toEqual(expected);
});

test("offers every command but the hidden one", async () => {
  const commands = await offered("");
  expect(commands).toEqual(expect.arrayContaining(["apply", "get", "rollout", "plugin"]));
  expect(commands.filter((word) => word.startsWith("_"))).toEqual([]);
});
