import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { openServerIdentity, type ServerIdentity } from "../../../src/security/server-identity.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const NOW = Date.UTC(2030, 0, 1);
const DAY_MS = 24 * 3_600_000;
const FILES = ["ca.key", "ca.crt", "server.key", "server.crt"];

/** Opens the identity in one directory, at any time and for any hosts. */
function opener() {
  const directory = join(tempDir(), "tls");
  const open = (nowMs = NOW, hosts = ["localhost", "127.0.0.1"]): Promise<ServerIdentity> =>
    openServerIdentity({ directory, hosts, nowMs, logger: silentLogger });
  return { open, path: (name: string) => join(directory, name) };
}

describe("the identity of a server", () => {
  test("is made once, and kept from others", async () => {
    const { open, path } = opener();
    const first = await open();
    expect(await open()).toEqual(first);
    expect(FILES.map((name) => statSync(path(name)).mode & 0o777)).toEqual([
      0o600, 0o600, 0o600, 0o600,
    ]);
    expect(statSync(path(".")).mode & 0o777).toBe(0o700);
    expect(first.certificateAuthority).toBe(readFileSync(path("ca.crt"), "utf8"));
    const [server, ca] = [first.certificate, first.certificateAuthority].map(
      (pem) => new X509Certificate(pem),
    );
    expect(server?.verify((ca as X509Certificate).publicKey)).toBe(true);
  });

  test("is renewed before it expires, under the same authority", async () => {
    const { open } = opener();
    const first = await open();
    expect((await open(NOW + 300 * DAY_MS)).certificate).toBe(first.certificate);
    const second = await open(NOW + 310 * DAY_MS);
    expect(second.certificate).not.toBe(first.certificate);
    expect(second.certificateAuthority).toBe(first.certificateAuthority);
  });

  test("is made anew when the clock was set back to before it, or for another host", async () => {
    const { open } = opener();
    const first = await open();
    const second = await open(NOW - 30 * DAY_MS);
    expect(second.certificate).not.toBe(first.certificate);
    const third = await open(NOW, ["localhost", "127.0.0.1", "192.0.2.7"]);
    expect(new X509Certificate(third.certificate).checkIP("192.0.2.7")).toBe("192.0.2.7");
    expect((await open()).certificate).toBe(third.certificate);
  });

  test("keeps the authority's key when its certificate has to be replaced", async () => {
    const { open, path } = opener();
    const first = await open();
    const key = readFileSync(path("ca.key"), "utf8");
    const later = await open(NOW + 3_400 * DAY_MS);
    expect(later.certificateAuthority).not.toBe(first.certificateAuthority);
    expect(readFileSync(path("ca.key"), "utf8")).toBe(key);
    const old = new X509Certificate(first.certificateAuthority);
    expect(new X509Certificate(later.certificate).verify(old.publicKey)).toBe(true);
  });

  test.each(FILES)("is made whole again when %s is gone", async (name) => {
    const { open, path } = opener();
    await open();
    rmSync(path(name));
    const { key, certificate, certificateAuthority } = await open();
    const ca = new X509Certificate(certificateAuthority);
    expect(new X509Certificate(certificate).verify(ca.publicKey)).toBe(true);
    expect(readFileSync(path("server.key"), "utf8")).toBe(key);
  });

  test.each(FILES.slice(1))("is made whole again when %s is damaged", async (name) => {
    const { open, path } = opener();
    await open();
    writeFileSync(path(name), "-----BEGIN NOTHING-----\n");
    const { certificate, certificateAuthority } = await open();
    const ca = new X509Certificate(certificateAuthority);
    expect(new X509Certificate(certificate).verify(ca.publicKey)).toBe(true);
  });

  test("leaves a damaged key of the authority to the user", async () => {
    const { open, path } = opener();
    await open();
    writeFileSync(path("ca.key"), "half a k");
    await expect(open()).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringContaining(path("ca.key")) as string,
    });
    expect(readFileSync(path("ca.key"), "utf8")).toBe("half a k");
  });

  test("does not follow a link in place of a key", async () => {
    const { open, path } = opener();
    await open();
    rmSync(path("ca.key"));
    symlinkSync("/etc/hostname", path("ca.key"));
    await expect(open()).rejects.toMatchObject({ code: "StorageFailed" });
  });
});
