import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

const ONES_AT_ONCE = 16;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/**
 * Changes a ConfigMap of this name `count` times over the daemon's socket: as many writes as it
 * takes for old ones to fall out of what is kept for watches.
 */
export async function writeOften(socketPath: string, name: string, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: ONES_AT_ONCE });
  const send = (method: string, path: string, body: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const type = method === "POST" ? "application/json" : "application/merge-patch+json";
      const headers = { "content-type": type };
      const sent = request({ socketPath, agent, method, path, headers }, (response) => {
        text(response).then(() => resolve(response.statusCode ?? 0), reject);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify(body));
    });
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
  await send("POST", CONFIG_MAPS, object);
  let left = count;
  const write = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const status = await send("PATCH", `${CONFIG_MAPS}/${name}`, { data: { left: `${left}` } });
      if (status !== 200) throw new Error(`patch of ${name}: ${status}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: ONES_AT_ONCE }, write));
  } finally {
    agent.destroy();
  }
}
