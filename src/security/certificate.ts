import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { der } from "./der.ts";

export interface Validity {
  /** Unix epoch, milliseconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * A certificate authority's own certificate: X.509 v3, ECDSA P-256 with SHA-256.
 *
 * @param key - Private. Its hash is in the name, so that two authorities are never mistaken.
 * @returns PEM. @see https://www.rfc-editor.org/rfc/rfc5280
 */
export function authorityCertificate(key: KeyObject, validity: Validity): string {
  const subject = authorityName(key);
  const keyId = keyIdOf(key);
  const extensions = [
    extension(OID.basicConstraints, der.sequence(der.boolean(true), der.integer(ZERO)), true),
    extension(OID.keyUsage, KEY_USAGE_SIGNS_CERTIFICATES, true),
    extension(OID.subjectKeyIdentifier, der.octetString(keyId)),
  ];
  return certificate({ ...validity, subject, publicKey: key, issuerKey: key, extensions });
}

/**
 * A server's certificate for these hosts, names or IP addresses, by the authority with `issuerKey`.
 *
 * @returns PEM.
 */
export function serverCertificate(
  key: KeyObject,
  issuerKey: KeyObject,
  options: Validity & { readonly hosts: readonly string[] },
): string {
  const extensions = [
    extension(OID.basicConstraints, der.sequence(), true),
    extension(OID.keyUsage, KEY_USAGE_SIGNS_DATA, true),
    extension(OID.extendedKeyUsage, der.sequence(der.oid(OID.serverAuthentication))),
    extension(OID.subjectKeyIdentifier, der.octetString(keyIdOf(key))),
    extension(OID.authorityKeyIdentifier, der.sequence(der.implicit(0, keyIdOf(issuerKey)))),
    extension(OID.subjectAlternativeName, der.sequence(...options.hosts.map(generalName))),
  ];
  const subject = distinguishedName("portunix");
  return certificate({ ...options, subject, publicKey: key, issuerKey, extensions });
}

interface Contents extends Validity {
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
  subjectKeyIdentifier: "2.5.29.14",
  authorityKeyIdentifier: "2.5.29.35",
  subjectAlternativeName: "2.5.29.17",
};

const ZERO = Buffer.from([0]);
const VERSION_3 = Buffer.from([2]);
const SERIAL_BYTES = 16;
/** Bit 0, digitalSignature. */
const KEY_USAGE_SIGNS_DATA = der.bitString(Buffer.from([0x80]), 7);
/** Bits 5 and 6, keyCertSign and cRLSign. */
const KEY_USAGE_SIGNS_CERTIFICATES = der.bitString(Buffer.from([0x06]), 1);

function certificate(contents: Contents): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(VERSION_3)),
    der.integer(serialNumber()),
    algorithm,
    authorityName(contents.issuerKey),
    der.sequence(der.time(contents.notBeforeMs), der.time(contents.notAfterMs)),
    contents.subject,
    publicKeyInfo(contents.publicKey),
    der.explicit(3, der.sequence(...contents.extensions)),
  );
  const signature = sign("sha256", toBeSigned, contents.issuerKey);
  const bytes = der.sequence(toBeSigned, algorithm, der.bitString(signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Not zero, and the same length always. */
function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes;
}

function authorityName(key: KeyObject): Buffer {
  return distinguishedName(`portunix CA ${keyIdOf(key).toString("hex").slice(0, 8)}`);
}

function distinguishedName(commonName: string): Buffer {
  const attribute = (oid: string, value: string): Buffer =>
    der.set(der.sequence(der.oid(oid), der.utf8String(value)));
  return der.sequence(
    attribute(OID.organization, "portunix"),
    attribute(OID.commonName, commonName),
  );
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(oid), ...critical, der.octetString(value));
}

function publicKeyInfo(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/** RFC 7093, 2: the first 160 bits of a hash of the key. */
function keyIdOf(key: KeyObject): Buffer {
  return createHash("sha256").update(publicKeyInfo(key)).digest().subarray(0, 20);
}

const IP_ADDRESS = 7;
const DNS_NAME = 2;

function generalName(host: string): Buffer {
  const version = isIP(host);
  if (version === 0) return der.implicit(DNS_NAME, Buffer.from(host, "ascii"));
  return der.implicit(IP_ADDRESS, version === 4 ? ipv4Bytes(host) : ipv6Bytes(host));
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  const groups = expandIpv6(address);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

function expandIpv6(address: string): number[] {
  // A URL's host is the canonical form: no IPv4 tail, no leading zeros.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const numbers = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [before, after] = [numbers(head), numbers(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => 0), ...after];
}
