import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface BareServer {
  readonly socketPath: string;
  close(): void;
}

/** The least that a server in Node can be: these bytes to whoever asks. */
const PROGRAM = `
const bytes = require("node:fs").readFileSync(process.argv[1]);
const head = { "content-type": "application/json", "content-length": bytes.length };
require("node:http")
  .createServer((request, response) => response.writeHead(200, head).end(bytes))
  .listen(process.argv[2], () => process.stdout.write("listening"));
`;

/** In a process of its own, as the daemon is. */
export async function startBareServer(directory: string, body: string): Promise<BareServer> {
  const [file, socketPath] = [join(directory, "body.json"), join(directory, "bare.sock")];
  writeFileSync(file, body);
  rmSync(socketPath, { force: true });
  const child = spawn(process.execPath, ["-e", PROGRAM, file, socketPath], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return { socketPath, close: () => void child.kill() };
}
