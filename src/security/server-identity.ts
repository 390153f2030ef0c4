import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { PortunixError } from "../base/errors.ts";
import {
  readFileBounded,
  sweepTemporaryFiles,
  syncDirectory,
  toStorageError,
  writeFileAtomic,
} from "../base/files.ts";
import type { Logger } from "../base/logger.ts";
import { authorityCertificate, serverCertificate } from "./certificate.ts";

/** What a TLS server shows, and what its clients check it against. All PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
  readonly certificateAuthority: string;
}

export interface IdentityOptions {
  /** `HOME/state/tls`; made when missing, 0700. */
  readonly directory: string;
  /** Names and IP addresses that the server is reached by. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
  readonly logger: Logger;
}

/**
 * The identity of this home's server. What is there and good is kept; what is missing, about to
 * expire, for other hosts or damaged is made anew, but for the authority's key: clients trust what
 * it signs, so a damaged one is left for the user to look at. Safe to be killed at any point, and
 * to be called again at any time.
 *
 * @throws {PortunixError} StorageFailed, StorageFull.
 */
export async function openServerIdentity(options: IdentityOptions): Promise<ServerIdentity> {
  const { directory } = options;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await sweepTemporaryFiles(directory);
    const authority = await openAuthority(options);
    return await openServer(options, authority);
  } catch (thrown) {
    throw toStorageError(`cannot prepare the TLS files in ${directory}`, thrown);
  }
}

interface Authority {
  readonly key: KeyObject;
  readonly certificate: string;
}

const DAY_MS = 24 * 3_600_000;
const AUTHORITY_VALID_MS = 3_650 * DAY_MS;
/** Longer ones are refused by Apple's clients. */
const SERVER_VALID_MS = 397 * DAY_MS;
const RENEW_BEFORE_MS = 90 * DAY_MS;
/** For clients whose clock is behind. */
const BACKDATE_MS = DAY_MS;
const FILE_MAX_BYTES = 64 * 1024;

async function openAuthority(options: IdentityOptions): Promise<Authority> {
  const { directory, nowMs, logger } = options;
  const [keyPath, certificatePath] = [join(directory, "ca.key"), join(directory, "ca.crt")];
  const key = await openAuthorityKey(keyPath);
  const stored = await readText(certificatePath);
  if (stored !== undefined && isGood(stored, { key, nowMs, lastsMs: SERVER_VALID_MS }))
    return { key, certificate: stored };
  const validity = { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: nowMs + AUTHORITY_VALID_MS };
  const certificate = authorityCertificate(key, validity);
  await writeFileAtomic(certificatePath, certificate);
  await syncDirectory(directory);
  logger.info({ path: certificatePath }, "made the certificate of this home's authority");
  return { key, certificate };
}

async function openAuthorityKey(path: string): Promise<KeyObject> {
  const stored = await readText(path);
  if (stored === undefined) {
    const { key, pem } = newKey();
    await writeFileAtomic(path, pem);
    return key;
  }
  const key = toKey(stored);
  if (key !== undefined) return key;
  throw new PortunixError(
    "StorageFailed",
    `${path} holds no private key: put the right one back, or remove it, and every kubeconfig must be made anew`,
  );
}

async function openServer(
  { directory, hosts, nowMs, logger }: IdentityOptions,
  authority: Authority,
): Promise<ServerIdentity> {
  const [keyPath, certificatePath] = [join(directory, "server.key"), join(directory, "server.crt")];
  const certificateAuthority = authority.certificate;
  const [key, stored] = [await readText(keyPath), await readText(certificatePath)];
  const privateKey = toKey(key ?? "");
  if (
    key !== undefined &&
    stored !== undefined &&
    privateKey !== undefined &&
    isGood(stored, { key: privateKey, nowMs, lastsMs: RENEW_BEFORE_MS }) &&
    isBy(stored, authority.key, hosts)
  )
    return { key, certificate: stored, certificateAuthority };
  const fresh = newKey();
  const certificate = serverCertificate(fresh.key, authority.key, {
    hosts,
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + SERVER_VALID_MS,
  });
  await writeFileAtomic(keyPath, fresh.pem);
  await writeFileAtomic(certificatePath, certificate);
  await syncDirectory(directory);
  logger.info({ path: certificatePath, hosts }, "made a certificate for the server");
  return { key: fresh.pem, certificate, certificateAuthority };
}

interface Wanted {
  readonly key: KeyObject;
  readonly nowMs: number;
  /** How long it must be valid still. */
  readonly lastsMs: number;
}

function isGood(pem: string, { key, nowMs, lastsMs }: Wanted): boolean {
  const certificate = toCertificate(pem);
  if (certificate === undefined || !certificate.checkPrivateKey(key)) return false;
  const isBegun = Date.parse(certificate.validFrom) <= nowMs;
  return isBegun && Date.parse(certificate.validTo) - nowMs > lastsMs;
}

function isBy(pem: string, authorityKey: KeyObject, hosts: readonly string[]): boolean {
  const certificate = toCertificate(pem);
  if (certificate === undefined || !certificate.verify(createPublicKey(authorityKey))) return false;
  return hosts.every((host) =>
    isIP(host) === 0
      ? certificate.checkHost(host) !== undefined
      : certificate.checkIP(host) !== undefined,
  );
}

function toCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function toKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === CURVE ? key : undefined;
  } catch {
    return undefined;
  }
}

const CURVE = "prime256v1";

function newKey(): { readonly key: KeyObject; readonly pem: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: CURVE });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return { key: privateKey, pem: pem.toString() };
}

async function readText(path: string): Promise<string | undefined> {
  return (await readFileBounded(path, FILE_MAX_BYTES))?.toString("utf8");
}
