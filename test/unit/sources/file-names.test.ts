import { describe, expect, test } from "vitest";
import {
  isIgnoredDirectory,
  isManifestName,
  isPackageManifestName,
} from "../../../src/sources/file-names.ts";

describe("isManifestName", () => {
  test.each(["a.yaml", "a.yml", "a.json", "A.YAML", "a.b.yaml"])("reads %s", (name) => {
    expect(isManifestName(name)).toBe(true);
  });

  test.each([
    ".a.yaml",
    ".a.yaml.swp",
    "a.yaml~",
    "a.yaml.swp",
    "a.yaml.swx",
    "a.yaml.bak",
    "a.yaml.tmp",
    "a.yaml.orig",
    "#a.yaml#",
    ".#a.yaml",
    "4913",
    "a.txt",
    "yaml",
  ])("leaves %s alone", (name) => {
    expect(isManifestName(name)).toBe(false);
  });
});

describe("isIgnoredDirectory", () => {
  test.each([
    [".git", true],
    ["..data", true],
    ["node_modules", true],
    ["plugins", false],
  ])("of %s is %s", (name, expected) => {
    expect(isIgnoredDirectory(name)).toBe(expected);
  });
});

describe("isPackageManifestName", () => {
  test.each([
    ["plugin.yaml", true],
    ["plugin.json", true],
    ["plugins.yaml", false],
    ["my-plugin.yaml", false],
  ])("of %s is %s", (name, expected) => {
    expect(isPackageManifestName(name)).toBe(expected);
  });
});
