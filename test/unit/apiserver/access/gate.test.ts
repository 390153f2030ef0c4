import { describe, expect, test } from "vitest";
import { checkHost } from "../../../../src/apiserver/access/host-check.ts";
import { RateLimiter } from "../../../../src/apiserver/access/rate-limiter.ts";
import { requestAttributes } from "../../../../src/apiserver/access/request-attributes.ts";
import { parsePath } from "../../../../src/apiserver/request-path.ts";
import { parseListenAddress, serverUrl } from "../../../../src/daemon/listen-address.ts";
import { FakeClock } from "../../../helpers/fake-clock.ts";

describe("what a request asks for", () => {
  const G = "/apis/portunix.ai/v1alpha1";
  // Method, path, and: verb group/resource/subresource namespace name
  test.each([
    ["GET", "/api/v1/namespaces/a/secrets/b", "get /secrets/ a b"],
    ["HEAD", "/api/v1/namespaces/a/secrets/b", "get /secrets/ a b"],
    ["GET", "/api/v1/namespaces/a/secrets", "list /secrets/ a "],
    ["HEAD", "/api/v1/secrets?watch=true", "watch /secrets/  "],
    ["GET", "/api/v1/secrets?watch=0", "list /secrets/  "],
    ["GET", "/api/v1/secrets?watch", "watch /secrets/  "],
    ["GET", "//api//v1///secrets/", "list /secrets/  "],
    ["GET", "/api/v1/%73ecrets", "list /secrets/  "],
    ["GET", "/api/v1/namespaces", "list /namespaces/  "],
    ["GET", "/api/v1/namespaces/a", "get /namespaces/ a a"],
    ["PUT", "/api/v1/namespaces/a/finalize", "update /namespaces/finalize a a"],
    ["PATCH", "/api/v1/namespaces/a/status", "patch /namespaces/status a a"],
    ["DELETE", "/api/v1/namespaces/secrets", "delete /namespaces/ secrets secrets"],
    ["POST", `${G}/namespaces/a/plugins`, "create portunix.ai/plugins/ a "],
    ["DELETE", `${G}/namespaces/a/plugins`, "deletecollection portunix.ai/plugins/ a "],
    ["DELETE", `${G}/namespaces/a/plugins/b`, "delete portunix.ai/plugins/ a b"],
    ["PATCH", `${G}/namespaces/a/plugins/b/scale`, "patch portunix.ai/plugins/scale a b"],
    ["GET", "/api/v1/namespaces/a/pods/b/exec", "get /pods/exec a b"],
    ["GET", "/api/v1/namespaces/a/pods/b/proxy/x/y", "get /pods/proxy/x/y a b"],
    [
      "POST",
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      "create authorization.k8s.io/selfsubjectaccessreviews/  ",
    ],
  ])("%s %s", (method, target, expected) => {
    const asked = requestAttributes(method, parsePath(target));
    if (asked.type !== "resource") throw new Error(`a path: ${asked.path}`);
    const { verb, group, resource, subresource, namespace, name } = asked;
    expect(`${verb} ${group}/${resource}/${subresource} ${namespace} ${name}`).toBe(expected);
  });

  test.each([
    ["GET", "/", "get /"],
    ["HEAD", "/readyz?verbose", "get /readyz"],
    ["GET", "/api/v1", "get /api/v1"],
    ["GET", "/apis/portunix.ai/v1alpha1/", "get /apis/portunix.ai/v1alpha1"],
    ["POST", "/portunix/v1/tokens", "post /portunix/v1/tokens"],
    ["DELETE", "/portunix/v1/tokens/%31", "delete /portunix/v1/tokens/1"],
  ])("%s %s, which is no resource", (method, target, expected) => {
    const asked = requestAttributes(method, parsePath(target));
    expect(asked.type === "path" && `${asked.verb} ${asked.path}`).toBe(expected);
  });
});

describe("the Host header", () => {
  const hosts = new Set(["localhost", "127.0.0.1", "::1"]);

  test.each(["localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]", "[::1]:8443"])(
    "may be %s",
    (header) => expect(() => checkHost(header, hosts)).not.toThrow(),
  );

  test.each([
    undefined,
    "",
    ":8443",
    "evil.example",
    "localhost.evil.example",
    "evil.example:8443",
    "localhost:",
    "localhost:x",
    "localhost@evil.example",
    "::1",
    "[::1",
    "127.0.0.1, evil.example",
    "127.1",
  ])("may not be %s", (header) => {
    expect(() => checkHost(header, hosts)).toThrow(/does not answer for the host/);
  });
});

describe("the rate limiter", () => {
  test("lets a burst through, then the rate, for each client by itself", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ requestsPerSecond: 2, burst: 3 }, clock);
    expect([1, 2, 3, 4].map(() => limiter.take("a"))).toEqual([0, 0, 0, 1]);
    expect(limiter.take("b")).toBe(0);
    await clock.advance(500);
    expect([limiter.take("a"), limiter.take("a")]).toEqual([0, 1]);
    await clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => limiter.take("a"))).toEqual([0, 0, 0, 1]);
  });

  test("does not care for the wall clock", () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ requestsPerSecond: 1, burst: 1 }, clock);
    limiter.take("a");
    clock.jump(3_600_000);
    expect(limiter.take("a")).toBe(1);
  });

  test("forgets who has been silent longest, so that it stays small", () => {
    const limiter = new RateLimiter({ requestsPerSecond: 1, burst: 1 }, new FakeClock());
    limiter.take("first");
    for (let index = 0; index < 4_096; index += 1) limiter.take(String(index));
    expect([limiter.take("first"), limiter.take("4095")]).toEqual([0, 1]);
  });
});

describe("an address to listen on", () => {
  test.each([
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["127.1.2.3:8443", "127.1.2.3", 8443],
    ["LocalHost:65535", "localhost", 65_535],
    ["[::1]:1", "::1", 1],
  ])("may be %s", (text, host, port) => {
    expect(parseListenAddress(text, false)).toEqual({ host, port });
  });

  test.each([
    "",
    "8443",
    ":8443",
    "127.0.0.1",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "::1:80",
    "[::1]",
    "[x]:1",
    "a b:1",
    "https://127.0.0.1:1",
  ])("may not be %j", (text) =>
    expect(() => parseListenAddress(text, true)).toThrow(/give an address and a port/),
  );

  test.each([
    "0.0.0.0:1",
    "[::]:1",
    "192.0.2.1:1",
    "host.example:1",
    "localhost.example:1",
    "127.0.0.1.example:1",
    "[::ffff:127.0.0.1]:1",
  ])("that others can reach, %s, takes full words", (text) => {
    expect(() => parseListenAddress(text, false)).toThrow(/--listen-beyond-loopback/);
    expect(() => parseListenAddress(text, true)).not.toThrow();
  });

  test("makes a URL that clients can use", () => {
    expect(serverUrl("::1", 1)).toBe("https://[::1]:1");
    expect(serverUrl("0.0.0.0", 1)).toBe("https://127.0.0.1:1");
    expect(serverUrl("::", 1)).toBe("https://[::1]:1");
    expect(serverUrl("host.example", 1)).toBe("https://host.example:1");
  });
});
