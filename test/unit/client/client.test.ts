import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { PortunixError } from "../../../src/base/errors.ts";
import { createClient } from "../../../src/client/client.ts";
import { PLUGINS, resourceNamed, resourceOfKind } from "../../../src/client/resources.ts";
import { errorFromStatus } from "../../../src/client/status-error.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { fakeApi } from "./fake-api.ts";

const ADDRESS = { resource: PLUGINS, namespace: "default", name: "a" };

describe("the client", () => {
  test("keeps the code, the text and the causes of a Status", async () => {
    const { client } = await fakeApi((_, response) => {
      response.writeHead(422, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          kind: "Status",
          reason: "Invalid",
          message: "it is invalid",
          details: {
            causes: [{ field: "spec.a", reason: "FieldValueRequired", message: "Required value" }],
          },
        }),
      );
    });
    const error = await client.patch(ADDRESS, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PortunixError);
    expect(error).toMatchObject({
      code: "ManifestInvalid",
      message: "it is invalid",
      causes: [{ field: "spec.a", reason: "FieldValueRequired", message: "Required value" }],
    });
  });

  test("passes on what the daemon warns of", async () => {
    const { client, warnings } = await fakeApi((_, response) => {
      response.setHeader("warning", '299 - "old \\"field\\"", 299 - "second"');
      response.end("{}");
    });
    await client.create(ADDRESS, {});
    expect(warnings).toEqual(['old "field"', "second"]);
  });

  test("asks for a dry run, strict fields and its own name", async () => {
    const { client, requests } = await fakeApi((_, response) => response.end("{}"));
    await client.create(ADDRESS, {}, { dryRun: true });
    await client.delete(ADDRESS, { dryRun: true });
    const path = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";
    expect(requests).toEqual([
      `POST ${path}?fieldManager=portunix&fieldValidation=Strict&dryRun=All`,
      `DELETE ${path}/a?dryRun=All`,
    ]);
  });

  test("tells a deletion that is done from one that has begun", async () => {
    const replies = [
      { kind: "Status", status: "Success" },
      { kind: "Plugin", metadata: { name: "a" } },
    ];
    const { client } = await fakeApi((_, response) =>
      response.end(JSON.stringify(replies.shift())),
    );
    expect(await client.delete(ADDRESS)).toBeUndefined();
    expect(await client.delete(ADDRESS)).toMatchObject({ kind: "Plugin" });
  });

  test("says how to start a daemon when none is there", async () => {
    const client = createClient({ socketPath: join(tempDir(), "none.sock") });
    onTestFinished(() => client.close());
    await expect(client.get(ADDRESS)).rejects.toMatchObject({
      code: "DaemonUnreachable",
      message: expect.stringContaining("portunix daemon start"),
    });
    expect(client.wasReached()).toBe(false);
  });

  test("calls a daemon that hangs up unreachable", async () => {
    const socketPath = join(tempDir(), "rude.sock");
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    const client = createClient({ socketPath });
    onTestFinished(() => {
      client.close();
      server.close();
    });
    await expect(client.get(ADDRESS)).rejects.toMatchObject({ code: "DaemonUnreachable" });
  });

  test("does not take rubbish for an answer", async () => {
    const { client } = await fakeApi((_, response) => response.end("<html>"));
    await expect(client.get(ADDRESS)).rejects.toThrow("not JSON: <html>");
  });
});

describe("errorFromStatus", () => {
  test.each([
    [404, '{"reason":"NotFound","message":"m"}', "NotFound"],
    [409, '{"reason":"AlreadyExists","message":"m"}', "AlreadyExists"],
    [409, '{"reason":"Conflict","message":"m"}', "Conflict"],
    [410, '{"reason":"Expired","message":"m"}', "Expired"],
    [422, '{"reason":"PackageInvalid","message":"m"}', "PackageInvalid"],
    [403, '{"reason":"Forbidden","message":"m"}', "PermissionDenied"],
    [507, "{}", "StorageFull"],
    [503, "not ready", "DaemonUnreachable"],
    [418, '{"reason":"toString"}', "Internal"],
  ])("%d %s is %s", (status, body, code) => {
    expect(errorFromStatus(status, body).code).toBe(code);
  });
});

describe("resources", () => {
  test("are found by each of their names and by kind", () => {
    for (const name of ["plugins", "plugin", "plg", "PLUGIN", "plugins.portunix.ai"]) {
      expect(resourceNamed(name)).toBe(PLUGINS);
    }
    expect(resourceOfKind("portunix.ai/v1alpha1", "Plugin")).toBe(PLUGINS);
    expect(resourceOfKind("v1", "Plugin")).toBeUndefined();
    expect(() => resourceNamed("plugnis")).toThrow('did you mean "plugins"');
  });
});
