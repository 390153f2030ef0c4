import { createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";

export interface ChosenPort {
  readonly port: number;
  /** Why it is not the preferred one; empty when it is, or when none was preferred. */
  readonly note: string;
}

/**
 * `preferred` when nobody listens on it and it is not in `taken`, else a free port of the system's
 * choice. Another program can still take it before the plugin does; the plugin's end then tells.
 */
export async function choosePort(
  preferred: number | undefined,
  taken: ReadonlySet<number>,
): Promise<ChosenPort> {
  if (preferred !== undefined && !taken.has(preferred) && (await tryPort(preferred)) !== undefined)
    return { port: preferred, note: "" };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = await tryPort(0);
    if (port === undefined || taken.has(port)) continue;
    return {
      port,
      note: preferred === undefined ? "" : `port ${preferred} is taken, so it got ${port}`,
    };
  }
  return { port: 0, note: "no free port" };
}

/** The port that could be bound, released again; undefined when it could not. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
