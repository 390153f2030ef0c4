import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Permissions } from "../../../src/api/plugin.ts";
import { missingPermissions } from "../../../src/policy/permissions.ts";

const read = (...paths: string[]): Permissions => ({ filesystem: { read: paths } });
const write = (...paths: string[]): Permissions => ({ filesystem: { write: paths } });
const reach = (...outbound: string[]): Permissions => ({ network: { outbound } });
const execute = (...names: string[]): Permissions => ({ system: { execute: names } });
const environment = (...names: string[]): Permissions => ({ system: { environment: names } });

describe("missingPermissions", () => {
  test("says each missing item in readable form, once", () => {
    const asked: Permissions = {
      filesystem: { read: ["/var/log", "/var/log"], write: ["/data"] },
      network: { outbound: ["api.example.com:443"] },
      system: { execute: ["git"], environment: ["HOME"] },
    };
    expect(missingPermissions(asked, undefined)).toEqual([
      "filesystem.read /var/log",
      "filesystem.write /data",
      "network.outbound api.example.com:443",
      "system.execute git",
      "system.environment HOME",
    ]);
    expect(missingPermissions(undefined, undefined)).toEqual([]);
  });

  test.each<[string, Permissions, Permissions]>([
    ["a path below", read("/var/log/app"), read("/var/log/")],
    ["the same path, written otherwise", read("/var//./log/../log"), read("/var/log")],
    ["any path below the root", read("/etc"), read("/")],
    ["reading what may be written", read("/data/a"), write("/data")],
    ["any port", reach("db:5432"), reach("db:*")],
    ["any port, when none is named", reach("db:5432"), reach("db")],
    ["any host below a domain", reach("a.b.example.com:443"), reach("*.example.com:443")],
    ["any host", reach("db:5432"), reach("*:5432")],
    ["everything", reach("db"), reach("*")],
    ["a wildcard below a wider one", reach("*.a.example.com:1"), reach("*.example.com:*")],
    ["a host in other letters", reach("API.example.com.:443"), reach("api.Example.com:443")],
    ["an IPv6 address", reach("[::1]:443"), reach("[::1]:*")],
    ["any program", execute("git"), execute("*")],
  ])("a grant covers %s", (_name, asked, granted) => {
    expect(missingPermissions(asked, granted)).toEqual([]);
  });

  test.each<[string, Permissions, Permissions]>([
    ["a path that only begins alike", read("/var/logs"), read("/var/log")],
    ["a path above", read("/var"), read("/var/log")],
    ["a path that leads out", read("/var/log/../../etc"), read("/var/log")],
    ["a relative path", read("var/log"), read("/var")],
    ["a relative path that leads upwards", read("../a"), read(".")],
    ["writing what may be read", write("/data"), read("/data")],
    ["another port", reach("db:5432"), reach("db:5433")],
    ["all ports, by one", reach("db"), reach("db:1")],
    ["the domain itself", reach("example.com:443"), reach("*.example.com:443")],
    ["a host that only ends alike", reach("badexample.com:443"), reach("*.example.com:443")],
    ["all hosts, by a domain", reach("*:443"), reach("*.example.com:443")],
    ["another IPv6 address", reach("[::1]:443"), reach("[::2]:443")],
    ["another program", execute("gitk"), execute("git")],
    ["all programs, by one", execute("*"), execute("git")],
    ["all variables", environment("HOME"), environment("*")],
  ])("a grant does not cover %s", (_name, asked, granted) => {
    expect(missingPermissions(asked, granted)).toHaveLength(1);
  });

  const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom("/", "..", "a:*", "*.b:1", "*")), {
    maxLength: 4,
  });
  const permissions: fc.Arbitrary<Permissions> = fc.record({
    filesystem: fc.record({ read: texts, write: texts }),
    network: fc.record({ outbound: texts }),
    system: fc.record({ execute: texts, environment: texts }),
  });

  test("granting what is asked for leaves nothing missing", () => {
    fc.assert(
      fc.property(permissions, (asked) => {
        expect(missingPermissions(asked, asked)).toEqual([]);
      }),
    );
  });

  test("granting more never makes more missing", () => {
    fc.assert(
      fc.property(permissions, permissions, permissions, (asked, granted, more) => {
        const wider: Permissions = {
          filesystem: {
            read: [...(granted.filesystem?.read ?? []), ...(more.filesystem?.read ?? [])],
            write: [...(granted.filesystem?.write ?? []), ...(more.filesystem?.write ?? [])],
          },
          network: {
            outbound: [...(granted.network?.outbound ?? []), ...(more.network?.outbound ?? [])],
          },
          system: {
            execute: [...(granted.system?.execute ?? []), ...(more.system?.execute ?? [])],
            environment: granted.system?.environment ?? [],
          },
        };
        const before = missingPermissions(asked, granted);
        expect(before).toEqual(expect.arrayContaining([...missingPermissions(asked, wider)]));
      }),
    );
  });
});
