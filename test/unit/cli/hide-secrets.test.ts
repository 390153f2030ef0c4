import { expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { hideSecrets } from "../../../src/cli/diff/hide-secrets.ts";

const object = (kind: string, data: object): StoredObject =>
  ({ apiVersion: "v1", kind, metadata: { name: "a" }, data }) as unknown as StoredObject;

test("a diff tells which values of a Secret differ, and shows none", () => {
  const live = object("Secret", { same: "czE=", changed: "czI=", gone: "czM=" });
  const wanted = object("Secret", { same: "czE=", changed: "czQ=", added: "czU=" });
  expect(hideSecrets(live, wanted, "before")).toMatchObject({
    data: { same: "***", changed: "*** (before)", gone: "***" },
  });
  expect(hideSecrets(wanted, live, "after")).toMatchObject({
    data: { same: "***", changed: "*** (after)", added: "***" },
  });
  expect(hideSecrets(wanted, undefined, "after")).toMatchObject({
    data: { same: "***", changed: "***", added: "***" },
  });
});

test("a diff shows the values of any other kind", () => {
  const map = object("ConfigMap", { a: "1" });
  expect(hideSecrets(map, object("ConfigMap", { a: "2" }), "before")).toBe(map);
});
