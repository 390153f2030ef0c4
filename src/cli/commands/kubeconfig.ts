import { PortunixError } from "../../base/errors.ts";
import { kubeconfigText } from "../access/kubeconfig.ts";
import { parseTtl, tokenFlags } from "../access/token-flags.ts";
import { BaseCommand } from "../base-command.ts";

export default class Kubeconfig extends BaseCommand {
  static override summary = "Print a kubeconfig for kubectl and other clients, with a new token.";
  static override flags = tokenFlags("admin", "720h");

  async run(): Promise<void> {
    const { flags } = await this.parse(Kubeconfig);
    const { name, role, ttl } = flags;
    const ttlSeconds = parseTtl(ttl);
    const text = await this.withClient("never", async (client) => {
      const endpoint = await client.endpoint();
      if (endpoint === undefined)
        throw new PortunixError(
          "DaemonUnreachable",
          "the daemon listens on its unix socket alone, which kubectl cannot use: stop it, and start it with portunix daemon start --listen 127.0.0.1:0",
        );
      return kubeconfigText(endpoint, await client.createToken({ name, role, ttlSeconds }));
    });
    this.print(text);
  }
}
