import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { PLUGINS } from "../../../src/client/resources.ts";
import { watchObjects } from "../../../src/client/watch.ts";
import { linesOf } from "../../../src/client/watch-stream.ts";
import { fakeApi } from "./fake-api.ts";

const object = (name: string, resourceVersion: string) => ({
  kind: "Plugin",
  metadata: { name, namespace: "default", resourceVersion },
});
const line = (type: string, item: unknown) => `${JSON.stringify({ type, object: item })}\n`;

/** A server whose lists and watches are answered in turn. */
function scripted(
  lists: readonly { readonly resourceVersion: string; readonly items: readonly unknown[] }[],
  watches: readonly ((response: ServerResponse) => void)[],
) {
  const [listQueue, watchQueue] = [[...lists], [...watches]];
  return fakeApi((request, response) => {
    if (request.url?.includes("watch=true") === true) {
      const answer = watchQueue.shift();
      if (answer === undefined) response.flushHeaders();
      else answer(response);
      return;
    }
    const { items = [], resourceVersion = "" } = listQueue.shift() ?? {};
    response.end(JSON.stringify({ metadata: { resourceVersion }, items }));
  });
}

async function collect(
  api: Awaited<ReturnType<typeof scripted>>,
  count: number,
): Promise<string[]> {
  const end = new AbortController();
  const seen: string[] = [];
  const options = { namespace: "default", signal: end.signal };
  for await (const { type, item } of watchObjects(api.client, PLUGINS, options)) {
    seen.push(`${type} ${item.metadata.name}`);
    if (seen.length === count) end.abort();
  }
  return seen;
}

const watchesFrom = (requests: readonly string[]) =>
  requests.flatMap((request) => /watch=true.*resourceVersion=(\d+)/.exec(request)?.[1] ?? []);

describe("watchObjects", () => {
  test("gives what is there, then what changes", async () => {
    const api = await scripted(
      [{ resourceVersion: "5", items: [object("a", "3")] }],
      [
        (response) =>
          response.write(line("MODIFIED", object("a", "6")) + line("DELETED", object("a", "7"))),
      ],
    );
    expect(await collect(api, 3)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
  });

  test("goes on from the last version when the connection breaks", async () => {
    const api = await scripted(
      [{ resourceVersion: "5", items: [] }],
      [
        (response) => response.end(line("ADDED", object("a", "8"))),
        (response) => {
          response.write(line("BOOKMARK", { metadata: { resourceVersion: "9" } }));
          setImmediate(() => response.destroy());
        },
        (response) => response.write(line("ADDED", object("b", "10"))),
      ],
    );
    expect(await collect(api, 2)).toEqual(["ADDED a", "ADDED b"]);
    expect(watchesFrom(api.requests)).toEqual(["5", "8", "9"]);
  });

  test.each([
    [
      "an HTTP status",
      (response: ServerResponse) => response.writeHead(410).end('{"reason":"Expired","code":410}'),
    ],
    [
      "an event",
      (response: ServerResponse) => response.end(line("ERROR", { code: 410, reason: "Expired" })),
    ],
  ])(
    "lists afresh when %s says that its place is gone, and tells what went meanwhile",
    async (_, expire) => {
      const api = await scripted(
        [
          { resourceVersion: "5", items: [object("a", "1"), object("b", "2"), object("c", "3")] },
          {
            resourceVersion: "50",
            items: [object("b", "40"), object("c", "3"), object("d", "41")],
          },
        ],
        [expire, (response) => response.write(line("MODIFIED", object("d", "51")))],
      );
      expect(await collect(api, 7)).toEqual([
        "ADDED a",
        "ADDED b",
        "ADDED c",
        "MODIFIED b",
        "ADDED d",
        "DELETED a",
        "MODIFIED d",
      ]);
      expect(watchesFrom(api.requests)).toEqual(["5", "50"]);
    },
  );

  test("fails at once when the first list fails", async () => {
    const api = await fakeApi((_, response) =>
      response.writeHead(404).end('{"reason":"NotFound","message":"no"}'),
    );
    await expect(collect(api, 1)).rejects.toThrow("no");
  });
});

describe("linesOf", () => {
  test("joins what comes in pieces and leaves out a half-written end", async () => {
    const text = Buffer.from('{"é":1}\n\n{"b":2}\n{"half');
    async function* chunks() {
      for (const byte of text) yield Uint8Array.of(byte);
    }
    const lines: string[] = [];
    for await (const each of linesOf(chunks())) lines.push(each);
    expect(lines).toEqual(['{"é":1}', '{"b":2}']);
  });
});
