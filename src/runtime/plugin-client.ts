import type { Clock } from "../base/clock.ts";
import type { PluginContract } from "./plugin-contract.ts";
import { UnaryClient, type UnaryReply } from "./unary-client.ts";

export interface HealthAnswer {
  readonly isServing: boolean;
  /** False when nobody answered at all. */
  readonly isReached: boolean;
  /** Why it is not serving, or how long it took. */
  readonly message: string;
  readonly latencyMs: number;
}

export interface PluginInfo {
  readonly name: string;
  readonly version: string;
}

/** `none`: the plugin does not implement GetInfo, which is fine. */
export type InfoAnswer =
  | { readonly kind: "info"; readonly info: PluginInfo }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly message: string };

const UNIMPLEMENTED = 12;

type HealthMethod = "standardHealthCheck" | "healthCheck";

/** Asks one plugin what the runtime needs to know, in the dialect that it answers to. */
export class PluginClient {
  readonly #contract: PluginContract;
  readonly #clock: Clock;
  readonly #unary: UnaryClient;
  /** What answered last; asked first the next time. */
  #healthMethod: HealthMethod = "standardHealthCheck";

  constructor(
    address: string,
    contract: PluginContract,
    context: { readonly clock: Clock; readonly onDisconnect: () => void },
  ) {
    this.#contract = contract;
    this.#clock = context.clock;
    this.#unary = new UnaryClient(address, context.clock, context.onDisconnect);
  }

  async checkHealth(timeoutMs: number): Promise<HealthAnswer> {
    const begunAtMs = this.#clock.monotonicMs();
    const reply = await this.#askHealth(timeoutMs);
    const latencyMs = this.#clock.monotonicMs() - begunAtMs;
    const isReached = reply.kind !== "unreachable";
    if (reply.kind !== "message") {
      return { isServing: false, isReached, message: describe(reply), latencyMs };
    }
    const decoded = this.#decode(this.#healthMethod, reply.message);
    const status = typeof decoded === "string" ? decoded : textOf(decoded, "status");
    return status === "SERVING"
      ? {
          isServing: true,
          isReached,
          message: `answered in ${Math.round(latencyMs)} ms`,
          latencyMs,
        }
      : { isServing: false, isReached, message: `it answers ${status}`, latencyMs };
  }

  async getInfo(timeoutMs: number): Promise<InfoAnswer> {
    const reply = await this.#call("getInfo", {}, timeoutMs);
    if (reply.kind === "status" && reply.code === UNIMPLEMENTED) return { kind: "none" };
    if (reply.kind !== "message") return { kind: "failed", message: describe(reply) };
    const decoded = this.#decode("getInfo", reply.message);
    if (typeof decoded === "string") return { kind: "failed", message: decoded };
    const info = (decoded as { info?: object | null }).info ?? {};
    return { kind: "info", info: { name: textOf(info, "name"), version: textOf(info, "version") } };
  }

  /** Asks it to finish. Whatever it answers, only the end of the process counts. */
  async shutdown(timeoutMs: number): Promise<void> {
    await this.#call("shutdown", { force: false }, timeoutMs);
  }

  close(): void {
    this.#unary.close();
  }

  async #askHealth(timeoutMs: number): Promise<UnaryReply> {
    const reply = await this.#call(this.#healthMethod, {}, timeoutMs);
    if (reply.kind !== "status" || reply.code !== UNIMPLEMENTED) return reply;
    const other =
      this.#healthMethod === "healthCheck" ? "standardHealthCheck" : ("healthCheck" as const);
    const second = await this.#call(other, {}, timeoutMs);
    const answers = second.kind === "message";
    if (answers) this.#healthMethod = other;
    if (answers || second.kind !== "status" || second.code !== UNIMPLEMENTED) return second;
    const names = `${this.#contract.healthCheck.path} and ${this.#contract.standardHealthCheck.path}`;
    return { ...second, message: `it implements neither of ${names}` };
  }

  #call(name: keyof PluginContract, request: object, timeoutMs: number): Promise<UnaryReply> {
    const method = this.#contract[name];
    return this.#unary.call(method.path, method.requestSerialize(request), timeoutMs);
  }

  /** The message, or what is wrong with it. */
  #decode(name: keyof PluginContract, message: Buffer): object | string {
    const method = this.#contract[name];
    try {
      return method.responseDeserialize(message);
    } catch {
      return `its answer to ${method.path} cannot be decoded`;
    }
  }
}

function describe(reply: Exclude<UnaryReply, { kind: "message" }>): string {
  if (reply.kind !== "status") return reply.message;
  return reply.message === "" ? `it answers gRPC status ${reply.code}` : reply.message;
}

function textOf(value: object, field: string): string {
  const text = (value as Readonly<Record<string, unknown>>)[field];
  return typeof text === "string" ? text.slice(0, 256) : "";
}
