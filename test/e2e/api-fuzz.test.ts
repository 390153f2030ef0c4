import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { E2eHome } from "../helpers/e2e-home.ts";
import { type FuzzRequest, fuzzRequest } from "../helpers/request-arbitraries.ts";

const REQUESTS = 5000;

test("5,000 requests, random and mutated: no crash, no 5xx, no stack", async () => {
  const home = new E2eHome();
  await home.startDaemon();
  const pid = await home.daemonPid();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const socketPath = home.path("run", "api.sock");
  const codes = new Map<number, number>();
  const one = fc.asyncProperty(fuzzRequest, async (sent) => {
    const answer = await send({ agent, socketPath }, sent);
    codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
    expect(answer.code).toBeLessThan(500);
    expect(answer.body).not.toMatch(/\n\s+at .*:\d+/);
    if (answer.code >= 400 && sent.method !== "HEAD")
      expect(JSON.parse(answer.body)).toMatchObject({ kind: "Status", code: answer.code });
  });
  await fc.assert(one, { numRuns: REQUESTS, endOnFailure: true });
  agent.destroy();
  // A run in which everything failed at the door would prove little.
  const wanted = [200, 201, 400, 404, 405, 409, 415, 422];
  expect([...codes.keys()]).toEqual(expect.arrayContaining(wanted));
  expect(await home.daemonPid()).toBe(pid);
  const errors = readFileSync(home.path("daemon.log"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"level":50') || line.includes('"level":60'));
  expect(errors).toEqual([]);
}, 240_000);

interface Connection {
  readonly agent: Agent;
  readonly socketPath: string;
}

function send(
  connection: Connection,
  { method, target, query, body, type, accept }: FuzzRequest,
): Promise<{ readonly code: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const path = `${target}${target.includes("?") ? "&" : "?"}${query}`;
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const headers = { "content-type": type, accept, ...length };
    const sent = request({ ...connection, method, path, headers }, (response) => {
      text(response).then((all) => resolve({ code: response.statusCode ?? 0, body: all }), reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
