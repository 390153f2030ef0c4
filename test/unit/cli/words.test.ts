import { describe, expect, test } from "vitest";
import { COMMANDS as HELP_COMMANDS } from "../../../src/cli/all-commands.ts";
import { COMMANDS, findCommand } from "../../../src/cli/command-table.ts";
import { parsePluginName } from "../../../src/cli/objects/plugin-name.ts";
import { parseNamed, parseTargets } from "../../../src/cli/objects/targets.ts";
import { ageOf, durationText } from "../../../src/cli/output/age.ts";
import { sanitise } from "../../../src/cli/output/sanitise.ts";
import { tableText } from "../../../src/cli/output/table-text.ts";
import { parseTimeout } from "../../../src/cli/waiting/parse-timeout.ts";

describe("targets", () => {
  test("are read in each of kubectl's forms", () => {
    const names = (words: string[]) =>
      parseTargets(words).map(({ resource, name }) => `${resource.plural} ${name ?? "*"}`);
    expect(names(["plg"])).toEqual(["plugins *"]);
    expect(names(["plugins,events"])).toEqual(["plugins *", "events *"]);
    expect(names(["Plugin", "a", "b"])).toEqual(["plugins a", "plugins b"]);
    expect(names(["plugins.portunix.ai/a", "ns/b"])).toEqual(["plugins a", "namespaces b"]);
  });

  test.each([
    [["plugn"], /did you mean "plugin"/],
    [["plugin/a", "b"], /TYPE\/NAME/],
    [["plugin/"], /TYPE\/NAME/],
    [[], /type/],
  ])("%j is refused with a hint", (words, message) => {
    expect(() => parseTargets(words)).toThrow(message);
  });

  test("need a name where one object is meant", () => {
    expect(() => parseNamed(["plugins"])).toThrow("plugin/NAME");
    expect(parsePluginName(["a"])).toBe("a");
    expect(parsePluginName(["plugin/a"])).toBe("a");
    expect(() => parsePluginName(["ns/a"])).toThrow("name one plugin");
    expect(() => parsePluginName([])).toThrow("name one plugin");
  });
});

describe("parseTimeout", () => {
  test.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["2", 2000],
    ["0", 0],
    ["-1s", 604_800_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseTimeout(text)).toBe(ms);
  });

  test.each(["", "soon", "5 m", "m"])("%j is refused", (text) => {
    expect(() => parseTimeout(text)).toThrow("no duration");
  });
});

describe("tableText", () => {
  test("puts columns under each other", () => {
    expect(
      tableText([
        ["NAME", "AGE"],
        ["system", "5s"],
      ]),
    ).toBe("NAME     AGE\nsystem   5s\n");
  });

  test("cuts the widest column to fit the terminal", () => {
    const lines = tableText([["a", "x".repeat(100)]], { width: 40 }).split("\n");
    expect(lines[0]).toHaveLength(40);
    expect(lines[0]).toMatch(/x…$/);
  });

  test("lets no plugin's text command the terminal", () => {
    expect(tableText([["\u001B[2Jgone\u0007"]])).toBe("?[2Jgone?\n");
    expect(sanitise("a\r\nb\u009B")).toBe("a b?");
    expect(sanitise("a\u202Eb\u2066c\u2028d")).toBe("a?b?c d");
  });
});

describe("ages", () => {
  test.each([
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [125, "2m5s"],
    [600, "10m"],
    [10_800, "3h"],
    [12_000, "3h20m"],
    [172_800, "2d"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  test("of nothing are unknown", () => {
    expect(ageOf(undefined, 0)).toBe("<unknown>");
  });
});

describe("the command table", () => {
  test("names the same commands as help does", () => {
    expect(Object.keys(COMMANDS).toSorted()).toEqual(Object.keys(HELP_COMMANDS).toSorted());
  });

  test("loads under each id the command that help shows for it", async () => {
    for (const [id, load] of Object.entries(COMMANDS)) {
      expect((await load()).default).toBe(
        Object.entries(HELP_COMMANDS).find(([name]) => name === id)?.[1],
      );
    }
  });

  test("finds the longest command", () => {
    expect(findCommand(["daemon", "stop", "-h"])).toEqual({ id: "daemon:stop", rest: ["-h"] });
    expect(findCommand(["get", "plugins"])).toEqual({ id: "get", rest: ["plugins"] });
    expect(findCommand(["toString"])).toBeUndefined();
  });
});
