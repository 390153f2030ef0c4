import type { Access } from "../apiserver/access/ports.ts";
import type { TlsServer } from "../apiserver/access/tls-server.ts";
import type { ApiServer } from "../apiserver/create-api-server.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { openServerIdentity, type ServerIdentity } from "../security/server-identity.ts";
import { TokenAuthority } from "../security/token-authority.ts";
import type { Store } from "../store/store.ts";
import type { DaemonHome } from "./home.ts";
import { type ListenAddress, reachableHosts, serverUrl } from "./listen-address.ts";

export interface DaemonAccessOptions {
  readonly home: DaemonHome;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Certificates are looked at this often; one that is about to expire is replaced. */
const RENEWAL_INTERVAL_MS = 24 * 3_600_000;

/** Who may reach the API from outside the unix socket, and where. */
export class DaemonAccess {
  readonly access: Access;
  readonly #options: DaemonAccessOptions;
  readonly #tokens: TokenAuthority;
  #server: string | undefined;
  #identity: ServerIdentity | undefined;
  #timer: Timer | undefined;

  constructor(options: DaemonAccessOptions) {
    const { store, clock, logger } = options;
    this.#options = options;
    this.#tokens = new TokenAuthority({ records: store.tokens, clock, logger });
    this.access = { tokens: this.#tokens, endpoint: () => this.#endpoint() };
  }

  /** Such as `https://127.0.0.1:6443`; undefined while nothing listens. */
  get server(): string | undefined {
    return this.#server;
  }

  async listen(api: ApiServer, address: ListenAddress): Promise<void> {
    const hosts = reachableHosts(address);
    const identity = await this.#open(hosts);
    const { key, certificate: cert } = identity;
    const server = await api.listenTls({
      ...address,
      hosts,
      credentials: { key, cert },
      authenticator: this.#tokens,
    });
    this.#identity = identity;
    this.#server = serverUrl(address.host, server.port);
    this.#options.logger.info({ server: this.#server }, "listening for TLS");
    this.#renewLater(server, hosts);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #endpoint() {
    if (this.#server === undefined || this.#identity === undefined) return undefined;
    return {
      server: this.#server,
      certificateAuthority: this.#identity.certificateAuthority,
    };
  }

  #open(hosts: readonly string[]): Promise<ServerIdentity> {
    const { home, clock, logger } = this.#options;
    return openServerIdentity({ directory: home.tlsDir, hosts, nowMs: clock.nowMs(), logger });
  }

  #renewLater(server: TlsServer, hosts: readonly string[]): void {
    const { clock, logger } = this.#options;
    const renew = async (): Promise<void> => {
      try {
        const identity = await this.#open(hosts);
        if (identity.certificate !== this.#identity?.certificate)
          server.renew({ key: identity.key, cert: identity.certificate });
        this.#identity = identity;
      } catch (thrown) {
        const { message } = PortunixError.from(thrown);
        logger.error({ error: message }, "cannot look after the TLS certificate");
      }
      this.#renewLater(server, hosts);
    };
    this.#timer = clock.after(RENEWAL_INTERVAL_MS, () => void renew());
  }
}
