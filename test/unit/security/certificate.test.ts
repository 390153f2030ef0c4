import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { authorityCertificate, serverCertificate } from "../../../src/security/certificate.ts";
import { der } from "../../../src/security/der.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const NOW = Date.UTC(2030, 0, 2, 3, 4, 5);
const YEAR_MS = 365 * 24 * 3_600_000;
const validity = { notBeforeMs: NOW, notAfterMs: NOW + YEAR_MS };
const newKey = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;

describe("an authority's certificate", () => {
  test("is what Node makes of it: a CA of this key, signed by itself", () => {
    const key = newKey();
    const certificate = new X509Certificate(authorityCertificate(key, validity));
    expect(certificate.ca).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.verify(createPublicKey(key))).toBe(true);
    expect(certificate.subject).toMatch(/^O=portunix\nCN=portunix CA [0-9a-f]{8}$/);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(Date.parse(certificate.validFrom)).toBe(NOW);
    expect(Date.parse(certificate.validTo)).toBe(NOW + YEAR_MS);
  });

  test("can be valid beyond 2050, where times are written another way", () => {
    const notAfterMs = Date.UTC(2050, 0, 1);
    const certificate = new X509Certificate(
      authorityCertificate(newKey(), { notBeforeMs: notAfterMs - 1000, notAfterMs }),
    );
    expect(Date.parse(certificate.validFrom)).toBe(notAfterMs - 1000);
    expect(Date.parse(certificate.validTo)).toBe(notAfterMs);
  });
});

describe("a server's certificate", () => {
  const [authority, key] = [newKey(), newKey()];
  const hosts = ["localhost", "127.0.0.1", "::1", "2001:db8::a:0:1", "fe80:1:2:3:4:5:6:7"];
  const pem = serverCertificate(key, authority, { ...validity, hosts });
  const certificate = new X509Certificate(pem);

  test("is by its authority, for its hosts and no other", () => {
    expect(certificate.ca).toBe(false);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.verify(createPublicKey(authority))).toBe(true);
    expect(certificate.verify(createPublicKey(key))).toBe(false);
    const ca = new X509Certificate(authorityCertificate(authority, validity));
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    for (const host of hosts.slice(1)) expect(certificate.checkIP(host)).toBe(host);
    expect(certificate.checkHost("evil.example")).toBeUndefined();
    expect(certificate.checkIP("127.0.0.2")).toBeUndefined();
    expect(certificate.checkIP("::2")).toBeUndefined();
  });

  test("has a serial number of its own", () => {
    const other = new X509Certificate(serverCertificate(key, authority, { ...validity, hosts }));
    expect(other.serialNumber).not.toBe(certificate.serialNumber);
  });

  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
  test.skipIf(!hasOpenssl)("passes the strict check of openssl", () => {
    const directory = tempDir();
    const [ca, server] = [join(directory, "ca.crt"), join(directory, "server.crt")];
    writeFileSync(ca, authorityCertificate(authority, validity));
    writeFileSync(server, pem);
    const at = String(NOW / 1000 + 60);
    const checks = ["-purpose", "sslserver", "-verify_ip", "127.0.0.1", "-attime", at];
    const result = spawnSync("openssl", [
      "verify",
      "-x509_strict",
      "-CAfile",
      ca,
      ...checks,
      server,
    ]);
    expect(result.stdout.toString() + result.stderr.toString()).toBe(`${server}: OK\n`);
  });
});

describe("der", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  test.each([
    [0, "0400"],
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
    [65_536, "0483010000"],
  ])("writes the length %i in its shortest form", (length, head) => {
    const bytes = der.octetString(Buffer.alloc(length));
    expect(hex(bytes.subarray(0, bytes.length - length))).toBe(head);
  });

  test.each([
    [[], "020100"],
    [[0], "020100"],
    [[0x7f], "02017f"],
    [[0x80], "02020080"],
    [[0, 0, 1, 0], "02020100"],
  ])("writes the number %j without sign or leading zeros", (bytes, expected) => {
    expect(hex(der.integer(Buffer.from(bytes)))).toBe(expected);
  });

  test("writes the examples of the standard", () => {
    expect(hex(der.oid("1.2.840.113549"))).toBe("06062a864886f70d");
    expect(hex(der.boolean(true))).toBe("0101ff");
    expect(hex(der.bitString(Buffer.from([0x06]), 1))).toBe("03020106");
    expect(hex(der.sequence(der.integer(Buffer.from([3]))))).toBe("3003020103");
  });
});
