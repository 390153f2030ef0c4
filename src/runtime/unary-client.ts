import { existsSync } from "node:fs";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import { errnoOf } from "../base/errors.ts";

/** How one call ended. `unreachable` says nothing of the plugin's health but that nobody answered. */
export type UnaryReply =
  | { readonly kind: "message"; readonly message: Buffer }
  /** A gRPC status other than OK. */
  | { readonly kind: "status"; readonly code: number; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "timeout"; readonly message: string };

const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
const FRAME_HEADER_BYTES = 5;

/**
 * Unary gRPC over one kept HTTP/2 session, framed by hand: half the CPU of a full gRPC client,
 * which counts when a hundred plugins are asked for their health again and again.
 */
export class UnaryClient {
  readonly #address: string;
  readonly #clock: Clock;
  readonly #onDisconnect: () => void;
  #session: ClientHttp2Session | undefined;
  #dialing: Promise<ClientHttp2Session> | undefined;
  #isClosed = false;

  /** @param address - `unix:<path>` or `<IPv4>:<port>`. */
  constructor(address: string, clock: Clock, onDisconnect: () => void) {
    this.#address = address;
    this.#clock = clock;
    this.#onDisconnect = onDisconnect;
  }

  /** @param path - `/package.Service/Method`. */
  async call(path: string, message: Buffer, timeoutMs: number): Promise<UnaryReply> {
    const deadline = this.#deadline(timeoutMs);
    try {
      return await Promise.race([this.#call(path, message, deadline), deadline.passed]);
    } catch (thrown) {
      return { kind: "unreachable", message: toText(thrown) };
    } finally {
      deadline.cancel();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.destroy();
    this.#session = undefined;
  }

  async #call(path: string, message: Buffer, deadline: Deadline): Promise<UnaryReply> {
    const session = await this.#connected();
    return exchange(session, { path, message, deadline });
  }

  #connected(): Promise<ClientHttp2Session> {
    const session = this.#session;
    if (session !== undefined && !session.destroyed && !session.closed)
      return Promise.resolve(session);
    this.#dialing ??= this.#dial().finally(() => {
      this.#dialing = undefined;
    });
    return this.#dialing;
  }

  async #dial(): Promise<ClientHttp2Session> {
    const socket = await dial(this.#address);
    if (this.#isClosed) {
      socket.destroy();
      throw new Error("closed");
    }
    const session = connectHttp2("http://localhost", {
      createConnection: () => socket,
      settings: { enablePush: false },
      maxSessionMemory: 8,
    });
    this.#session = session;
    session.unref();
    // A session's error reaches the calls in flight, too; the next call dials anew.
    session.on("error", () => session.destroy());
    session.on("goaway", () => session.close());
    session.once("close", () => {
      if (this.#session === session) this.#session = undefined;
      if (!this.#isClosed) this.#onDisconnect();
    });
    return session;
  }

  #deadline(timeoutMs: number): Deadline {
    let onPassed: (() => void) | undefined;
    let cancel: () => void = () => {};
    const passed = new Promise<UnaryReply>((resolve) => {
      const timer = this.#clock.after(timeoutMs, () => {
        onPassed?.();
        resolve({ kind: "timeout", message: `no answer within ${timeoutMs / 1000} s` });
      });
      cancel = () => timer.cancel();
    });
    return {
      passed,
      cancel,
      onPassed: (run) => {
        onPassed = run;
      },
    };
  }
}

interface Deadline {
  readonly passed: Promise<UnaryReply>;
  cancel(): void;
  onPassed(run: () => void): void;
}

interface Call {
  readonly path: string;
  readonly message: Buffer;
  readonly deadline: Deadline;
}

function dial(address: string): Promise<Socket> {
  const path = address.startsWith("unix:") ? address.slice("unix:".length) : undefined;
  // Much cheaper than a failed connect, and asked every few milliseconds while a plugin starts.
  if (path !== undefined && !existsSync(path))
    return Promise.reject(new Error(`nothing listens on ${address} yet`));
  const colon = address.lastIndexOf(":");
  return new Promise((resolve, reject) => {
    const socket = connectSocket(
      path === undefined
        ? { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
        : { path },
    );
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}

function exchange(session: ClientHttp2Session, call: Call): Promise<UnaryReply> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": call.path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    call.deadline.onPassed(() => stream.close(constants.NGHTTP2_CANCEL));
    const chunks: Buffer[] = [];
    let bytes = 0;
    let httpStatus = 0;
    let status: UnaryReply | undefined;
    stream.on("response", (headers) => {
      httpStatus = headers[":status"] ?? 0;
      status = toStatus(headers);
    });
    stream.on("trailers", (trailers) => {
      status = toStatus(trailers);
    });
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MESSAGE_MAX_BYTES + FRAME_HEADER_BYTES) chunks.push(chunk);
      else stream.destroy(new Error(`the answer is larger than ${MESSAGE_MAX_BYTES} bytes`));
    });
    stream.once("error", reject);
    stream.once("close", () => resolve(toReply({ httpStatus, status, body: chunks })));
    stream.end(frame(call.message));
  });
}

function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

const OK: UnaryReply = { kind: "status", code: 0, message: "" };

/** Undefined when the block holds no gRPC status. */
function toStatus(headers: Readonly<Record<string, unknown>>): UnaryReply | undefined {
  const text = headers["grpc-status"];
  if (typeof text !== "string") return undefined;
  const code = Number(text);
  if (code === 0) return OK;
  const message = headers["grpc-message"];
  return { kind: "status", code, message: typeof message === "string" ? unescape(message) : "" };
}

interface Received {
  readonly httpStatus: number;
  readonly status: UnaryReply | undefined;
  readonly body: readonly Buffer[];
}

const UNKNOWN = 2;
const UNIMPLEMENTED = 12;

/** @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
function toReply({ httpStatus, status, body }: Received): UnaryReply {
  if (httpStatus === 0) return { kind: "unreachable", message: "the connection closed" };
  if (status === undefined) {
    return {
      kind: "status",
      code: httpStatus === 404 ? UNIMPLEMENTED : UNKNOWN,
      message: `the answer is not gRPC (HTTP status ${httpStatus})`,
    };
  }
  if (status !== OK) return status;
  const bytes = Buffer.concat(body);
  const isWhole =
    bytes.length >= FRAME_HEADER_BYTES &&
    bytes[0] === 0 &&
    bytes.readUInt32BE(1) === bytes.length - FRAME_HEADER_BYTES;
  if (isWhole) return { kind: "message", message: bytes.subarray(FRAME_HEADER_BYTES) };
  return { kind: "status", code: UNKNOWN, message: "the answer is not one plain gRPC message" };
}

/** grpc-message is percent-encoded; what is not, stays as it is. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, 1024);
  } catch {
    return text.slice(0, 1024);
  }
}

function toText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const isForeign = errnoOf(thrown)?.startsWith("ERR_HTTP2") === true;
  return isForeign
    ? `something listens there, but does not speak gRPC (HTTP/2): ${thrown.message}`
    : thrown.message;
}
