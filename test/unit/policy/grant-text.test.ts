import { expect, test } from "vitest";
import { parse } from "yaml";
import { missingPermissions } from "../../../src/policy/permissions.ts";
import { grantText } from "../../../src/policy/grant-text.ts";

const asked = {
  filesystem: { read: ["/proc", "/var/log/my app"], write: ["/tmp/x"] },
  network: { outbound: ["*.example.com:443", "db:5432", "[::1]:80"] },
  system: { execute: ["*", "true"], environment: ["HOME"] },
};

test("is YAML on one line that grants what was missing", () => {
  const text = grantText(missingPermissions(asked, undefined));
  const { permissions } = parse(text) as { permissions: typeof asked };
  expect(text).not.toContain("\n");
  expect(permissions).toEqual(asked);
  expect(missingPermissions(asked, permissions)).toEqual([]);
});

test("quotes only what needs it", () => {
  expect(grantText(["filesystem.read /proc", "network.outbound *:443"])).toBe(
    'permissions: {filesystem: {read: [/proc]}, network: {outbound: ["*:443"]}}',
  );
});
