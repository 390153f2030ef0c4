import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromDiskName, type ObjectKey, toDiskName } from "../api/key.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { PortunixError } from "../base/errors.ts";
import { readFileBounded, sweepTemporaryFiles, writeFileAtomic } from "../base/files.ts";
import type { Logger } from "../base/logger.ts";

export const MAX_CONFIG_BYTES = 1024 * 1024;
const SUFFIX = ".json";

/** `configs/`: the complete configuration of each plugin, secrets and all, for nobody else to read. */
export class ConfigStore {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #digests = new Map<ObjectKey, string>();

  constructor(options: { readonly directory: string; readonly logger: Logger }) {
    this.#directory = options.directory;
    this.#logger = options.logger;
  }

  /** Reads what is there. Call it once, first. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await sweepTemporaryFiles(this.#directory);
    await this.refresh();
  }

  /** Plugins that have a configuration. */
  keys(): ObjectKey[] {
    return [...this.#digests.keys()];
  }

  /** `sha256:<hex>` of the canonical JSON on disk; empty when there is none. */
  digest(key: ObjectKey): string {
    return this.#digests.get(key) ?? "";
  }

  path(key: ObjectKey): string {
    return join(this.#directory, `${toDiskName(key)}${SUFFIX}`);
  }

  /** @throws {PortunixError} RequestTooLarge: more than 1 MiB. */
  async write(key: ObjectKey, config: Readonly<Record<string, unknown>>): Promise<void> {
    const text = canonicalJson(config);
    if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
      throw new PortunixError(
        "RequestTooLarge",
        `configuration of plugin ${key}: more than ${MAX_CONFIG_BYTES} bytes; put large data in a file of its own`,
      );
    }
    const digest = digestOf(text);
    if (this.#digests.get(key) === digest && (await this.#readDigest(key)) === digest) return;
    await writeFileAtomic(this.path(key), text);
    this.#digests.set(key, digest);
  }

  /** @throws {PortunixError} Conflict: there is none, or it was damaged. */
  async read(key: ObjectKey): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#readText(key);
    const config = text === undefined ? undefined : parseObject(text);
    if (config !== undefined) return config;
    this.#digests.delete(key);
    throw new PortunixError("Conflict", `plugin ${key}: not configured; configure it first`);
  }

  async remove(key: ObjectKey): Promise<void> {
    await rm(this.path(key), { force: true });
    this.#digests.delete(key);
  }

  /** Reads every file anew, so that what is told is what is there. */
  async refresh(): Promise<void> {
    const names = await readdir(this.#directory);
    const found = new Set<ObjectKey>();
    for (const name of names.filter((candidate) => candidate.endsWith(SUFFIX))) {
      const key = fromDiskName(name.slice(0, -SUFFIX.length));
      const digest = key === undefined ? undefined : await this.#readDigest(key);
      if (key === undefined || digest === undefined) continue;
      found.add(key);
      this.#digests.set(key, digest);
    }
    for (const key of this.#digests.keys()) {
      if (!found.has(key) && (await this.#readDigest(key)) === undefined) this.#digests.delete(key);
    }
  }

  /** Undefined for a file that is missing or holds no JSON object: the plugin is not configured. */
  async #readDigest(key: ObjectKey): Promise<string | undefined> {
    const text = await this.#readText(key);
    const config = text === undefined ? undefined : parseObject(text);
    return config === undefined ? undefined : digestOf(canonicalJson(config));
  }

  async #readText(key: ObjectKey): Promise<string | undefined> {
    try {
      return (await readFileBounded(this.path(key), MAX_CONFIG_BYTES))?.toString();
    } catch (thrown) {
      this.#logger.warn({ plugin: key, problem: String(thrown) }, "a configuration cannot be read");
      return undefined;
    }
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function digestOf(canonical: string): string {
  return `sha256:${createHash("sha256").update(canonical).digest("hex")}`;
}
