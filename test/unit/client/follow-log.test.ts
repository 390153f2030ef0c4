import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { followLog } from "../../../src/client/follow-log.ts";
import { PLUGINS } from "../../../src/client/resources.ts";
import { fakeApi } from "./fake-api.ts";

const ADDRESS = { resource: PLUGINS, namespace: "default", name: "a" };

/** A server whose followed and whole logs are answered in turn. */
function scripted(
  followed: readonly ((response: ServerResponse) => void)[],
  wholes: readonly string[] = [],
) {
  const [follows, texts] = [[...followed], [...wholes]];
  return fakeApi((request, response) => {
    if (request.url === "/readyz") response.end("ok");
    else if (request.url?.includes("follow=true") !== true) response.end(texts.shift());
    else {
      const answer = follows.shift();
      if (answer === undefined) response.flushHeaders();
      else answer(response);
    }
  });
}

async function read(
  { client }: Awaited<ReturnType<typeof scripted>>,
  length: number,
  options = {},
): Promise<string> {
  let text = "";
  const log = followLog(client, ADDRESS, { follow: true, endsWithProcess: false, ...options });
  for await (const chunk of log) {
    text += chunk.toString();
    if (text.length >= length) break;
  }
  return text;
}

const breaks = (text: string) => (response: ServerResponse) =>
  response.write(text, () => response.destroy());

test("goes on behind the last byte after a break, in whatever pieces it comes", async () => {
  const api = await scripted(
    [
      breaks("b\nc"),
      (response) => {
        response.write("a\nb\n");
        response.write("c\nd\n");
      },
    ],
    ["a\nb\nc\nd\n"],
  );
  expect(await read(api, 6, { tailLines: 2 })).toBe("b\nc\nd\n");
  expect(api.requests.at(-1)).not.toContain("tailLines");
});

test("shows all of the log of another process", async () => {
  const api = await scripted([breaks("old\n"), (response) => response.write("new\n")], ["new\n"]);
  expect(await read(api, 8)).toBe("old\nnew\n");
});

test("asks the same again where nothing has been shown yet", async () => {
  const api = await scripted([
    (response) => response.flushHeaders() ?? response.destroy(),
    (response) => response.write("x\n"),
  ]);
  expect(await read(api, 2, { tailLines: 0 })).toBe("x\n");
  expect(api.requests.filter((url) => url.includes("tailLines=0"))).toHaveLength(2);
});

test("ends with the process of a Pod, and without -f with the log", async () => {
  const pod = await scripted([(response) => response.end("x\n")]);
  expect(await read(pod, 99, { endsWithProcess: true })).toBe("x\n");
  const plain = await scripted([], ["all\n"]);
  expect(await read(plain, 99, { follow: false })).toBe("all\n");
});

test("gives up when the daemon stays away", async () => {
  const api = await scripted([breaks("x\n"), ...Array.from({ length: 99 }, () => breaks(""))], []);
  await expect(read(api, 99, { maxDowntimeMs: 0 })).rejects.toThrow();
});
