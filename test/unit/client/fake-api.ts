import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ApiClient } from "../../../src/client/api-client.ts";
import { createClient } from "../../../src/client/client.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

export interface FakeApi {
  readonly client: ApiClient;
  readonly warnings: readonly string[];
  /** Method and URL of each request. */
  readonly requests: readonly string[];
}

/** A client of a server that answers as `handle` says, over a real unix socket. */
export async function fakeApi(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeApi> {
  const socketPath = join(tempDir(), "api.sock");
  const requests: string[] = [];
  const warnings: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const client = createClient({ socketPath, onWarning: (text) => warnings.push(text) });
  onTestFinished(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { client, warnings, requests };
}
