import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Role } from "../../../src/policy/authorize.ts";
import { eventually } from "../../helpers/eventually.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { envelope, bytes, text as field } from "../../unit/apiserver/protobuf/encode.ts";
import { serveSecurely, type ServedSecurely } from "./access-harness.ts";
import { CONFIG_MAPS, configMap, plugin, PLUGINS } from "./harness.ts";

const SECRETS = "/api/v1/namespaces/default/secrets";
const AUTHORIZATION = "/apis/authorization.k8s.io/v1";

describe("the API over TLS", () => {
  test("is only for who trusts its authority, and speaks no plain HTTP", async () => {
    const { get, tls } = await serveSecurely();
    expect((await get("/readyz")).text).toBe("ok");
    await expect(get("/readyz", { tls: { ca: [] } })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) as string,
    });
    const socket = connect(tls.port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
    socket.on("error", () => {});
    await once(socket, "close");
    expect(heard).not.toContain("200");
  });

  test.each(["/healthz", "/livez", "/livez/ping", "/readyz", "/version"])(
    "answers %s without a token",
    async (path) => expect((await (await serveSecurely()).get(path)).code).toBe(200),
  );

  test.each([
    ["none", {}],
    ["no bearer", { authorization: "Basic YWRtaW46YWRtaW4=" }],
    ["an empty one", { authorization: "Bearer " }],
    ["a wrong one", { authorization: `Bearer ptx_0123456789_${"A".repeat(43)}` }],
  ])("answers 401 to a token that is %s", async (_, headers) => {
    const { get } = await serveSecurely();
    for (const path of ["/api", PLUGINS, "/portunix/v1/tokens", "/nothing", "/version/x"]) {
      const answer = await get(path, { headers });
      expect([path, answer.code]).toEqual([path, 401]);
      expect(answer.json).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
    }
    // A token that is wrong is wrong everywhere.
    const isShown = Object.keys(headers).length > 0;
    expect((await get("/version", { headers })).code).toBe(isShown ? 401 : 200);
  });

  test("answers 401 to a token that is revoked, or has expired", async () => {
    const clock = new FakeClock();
    const { get, tokens } = await serveSecurely({ clock });
    const short = tokens.create({ role: "view", ttlMs: 60_000 });
    const other = tokens.create({ role: "view" });
    expect((await get("/api", { token: short.token })).code).toBe(200);
    clock.jump(60_000);
    expect((await get("/api", { token: short.token })).code).toBe(401);
    expect((await get("/api", { token: other.token })).code).toBe(200);
    tokens.revoke(other.id);
    expect((await get("/api", { token: other.token })).code).toBe(401);
  });

  test("answers 421 to a Host that is not its own", async () => {
    const { get, token } = await serveSecurely();
    const admin = token("admin");
    for (const host of ["evil.example", "localhost.evil.example:1", "127.0.0.2"])
      for (const path of ["/api", "/readyz"]) {
        const answer = await get(path, { token: admin, headers: { host } });
        expect(answer.json).toMatchObject({ code: 421, reason: "MisdirectedRequest" });
      }
    expect((await get("/api", { token: admin, headers: { host: "localhost:1" } })).code).toBe(200);
  });

  test("answers 429 with Retry-After to who sends too much, and only to him", async () => {
    const clock = new FakeClock();
    const limits = { requestsPerSecond: 1, burst: 3 };
    const { get, token } = await serveSecurely({ clock, limits });
    const [busy, calm] = [token("view"), token("view")];
    const codes = [];
    for (let sent = 0; sent < 4; sent += 1) codes.push((await get("/api", { token: busy })).code);
    expect(codes).toEqual([200, 200, 200, 429]);
    const refused = await get("/api", { token: busy });
    expect(refused.headers["retry-after"]).toBe("1");
    expect(refused.json).toMatchObject({
      reason: "TooManyRequests",
      details: { retryAfterSeconds: 1 },
    });
    expect((await get("/api", { token: calm })).code).toBe(200);
    for (let sent = 0; sent < 3; sent += 1) await get("/api");
    expect((await get("/api")).code).toBe(429);
    await clock.advance(1_000);
    expect((await get("/api", { token: busy })).code).toBe(200);
    expect((await get("/api")).code).toBe(401);
  });

  test("answers 429 to one who leaves too many requests open", async () => {
    const { get, open, token } = await serveSecurely({ limits: { openRequests: 2 } });
    const view = token("view");
    const first = await open(`${CONFIG_MAPS}?watch=1`, { token: view });
    const second = await open(`${CONFIG_MAPS}?watch=1`, { token: view });
    onTestFinished(() => void [first.destroy(), second.destroy()]);
    expect((await get("/api", { token: view })).code).toBe(429);
    expect((await get("/api", { token: token("view") })).code).toBe(200);
    first.destroy();
    await eventually(async () => expect((await get("/api", { token: view })).code).toBe(200));
  });

  test("answers 413 to a body, and 431 to a header, that is too large", async () => {
    const { get, token } = await serveSecurely();
    const admin = token("admin");
    const body = `{"x":"${"x".repeat(3 * 1024 * 1024)}"}`;
    const large = await get(CONFIG_MAPS, { method: "POST", token: admin, body });
    expect(large.json).toMatchObject({ code: 413, reason: "RequestEntityTooLarge" });
    const padding = { "x-padding": "x".repeat(70_000) };
    expect((await get("/api", { token: admin, headers: padding })).code).toBe(431);
  });
});

describe("a token that is revoked", () => {
  test("takes its open watch and log along, and nobody else's", async () => {
    const { open, tokens, call } = await serveSecurely();
    const [mine, other] = [tokens.create({ role: "view" }), tokens.create({ role: "view" })];
    const watched = await open(`${CONFIG_MAPS}?watch=1`, { token: mine.token });
    const kept = await open(`${CONFIG_MAPS}?watch=1`, { token: other.token });
    onTestFinished(() => void [watched.destroy(), kept.destroy()]);
    const [heard, heardToo] = [listen(watched), listen(kept)];
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    await eventually(() => expect([heard.text, heardToo.text]).toEqual(bothContain('"name":"a"')));
    tokens.revoke(mine.id);
    await call("POST", CONFIG_MAPS, { body: configMap("b") });
    await eventually(() => expect(heardToo.text).toContain('"name":"b"'));
    await eventually(() => expect(heard.isOver).toBe(true));
    expect(heard.text).not.toContain('"name":"b"');
    expect(heardToo.isOver).toBe(false);
  });

  test("takes them along as well when it expires", async () => {
    const clock = new FakeClock();
    const { open, tokens } = await serveSecurely({ clock });
    const { token } = tokens.create({ role: "view", ttlMs: 90_000 });
    const heard = listen(await open(`${CONFIG_MAPS}?watch=1`, { token }));
    await clock.advance(89_000);
    expect(heard.isOver).toBe(false);
    await clock.advance(1_000);
    await eventually(() => expect(heard.isOver).toBe(true));
  });
});

describe("a role", () => {
  test.each<[Role, number, number, number, number, number]>([
    // view plugins, view secrets, create plugin, create namespace, list tokens
    ["view", 200, 403, 403, 403, 403],
    ["edit", 200, 200, 201, 403, 403],
    ["admin", 200, 200, 201, 201, 200],
  ])("%s may do what it may, and no more", async (role, ...codes) => {
    const { get, token } = await serveSecurely();
    const mine = token(role);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
    const answers = [
      await get(PLUGINS, { token: mine }),
      await get(SECRETS, { token: mine }),
      await get(PLUGINS, { token: mine, method: "POST", body: plugin("p") }),
      await get("/api/v1/namespaces", { token: mine, method: "POST", body: namespace }),
      await get("/portunix/v1/tokens", { token: mine }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(codes);
  });

  test("that is too weak is told so in Kubernetes' words", async () => {
    const { get, tokens } = await serveSecurely();
    const { token } = tokens.create({ role: "view", name: "nina" });
    const deleting = await get(`${PLUGINS}/x`, { token, method: "DELETE" });
    expect(deleting.json).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'plugins.portunix.ai "x" is forbidden: User "nina" cannot delete resource "plugins" in API group "portunix.ai" in the namespace "default"',
      reason: "Forbidden",
      details: { name: "x", group: "portunix.ai", kind: "plugins" },
      code: 403,
    });
    const messageOf = async (path: string, method = "GET") =>
      ((await get(path, { token, method })).json as { message: string }).message;
    expect(await messageOf("/api/v1/secrets")).toBe(
      'secrets is forbidden: User "nina" cannot list resource "secrets" in API group "" at the cluster scope',
    );
    expect(await messageOf(`${PLUGINS}/x/scale`, "PATCH")).toContain(
      'cannot patch resource "plugins/scale" in API group "portunix.ai"',
    );
    expect(await messageOf("/portunix/v1/tokens", "POST")).toBe(
      'forbidden: User "nina" cannot post path "/portunix/v1/tokens"',
    );
  });

  test("cannot be put on with impersonation, not even by admin", async () => {
    const { get, token } = await serveSecurely();
    const headers = { "impersonate-user": "system:admin" };
    for (const role of ["view", "admin"] as const)
      expect((await get("/api", { token: token(role), headers })).code).toBe(403);
  });

  test("cannot see a Secret through a watch, a Table or another spelling", async () => {
    const { get, call, token } = await serveSecurely();
    const data = { p: Buffer.from("hunter2").toString("base64") };
    await call("POST", SECRETS, {
      body: { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data },
    });
    const view = token("view");
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const paths = [
      `${SECRETS}?watch=1&timeoutSeconds=1`,
      `${SECRETS}/s`,
      `${SECRETS}/s/status`,
      "/api/v1/secrets",
      "//api/v1//secrets/",
      "/api/v1/%73ecrets",
      "/api/v1/namespaces/default/%73ecrets/s",
    ];
    for (const path of paths) {
      const answer = await get(path, { token: view, headers: { accept } });
      expect([path, answer.code]).toEqual([path, 403]);
      expect(answer.text).not.toContain(data.p);
    }
  });
});

describe("reviews", () => {
  const ask = async ({ get }: ServedSecurely, path: string, body: object, token: string) =>
    (await get(path, { method: "POST", token, body })).json as { status: unknown };

  test("say who is asking", async () => {
    const served = await serveSecurely();
    const { token, id } = served.tokens.create({ role: "edit", name: "ed" });
    for (const version of ["v1", "v1beta1"]) {
      const apiVersion = `authentication.k8s.io/${version}`;
      const path = `/apis/${apiVersion}/selfsubjectreviews`;
      expect(
        await ask(served, path, { kind: "SelfSubjectReview", apiVersion }, token),
      ).toMatchObject({
        kind: "SelfSubjectReview",
        status: {
          userInfo: { username: "ed", uid: id, groups: ["portunix:edit", "system:authenticated"] },
        },
      });
    }
  });

  test("of the socket's user say that it may do anything", async () => {
    const { call } = await serveSecurely();
    const kind = "SelfSubjectReview";
    const apiVersion = "authentication.k8s.io/v1";
    const answer = await call("POST", `/apis/${apiVersion}/selfsubjectreviews`, {
      body: { kind, apiVersion },
    });
    expect([answer.code, answer.json]).toMatchObject([
      201,
      { status: { userInfo: { username: "system:admin" } } },
    ]);
  });

  test.each([
    ["view", "get", "plugins", true],
    ["view", "delete", "plugins", false],
    ["view", "get", "*", false],
    ["edit", "delete", "plugins", true],
    ["edit", "*", "*", false],
    ["admin", "*", "*", true],
  ] as const)("say whether %s may %s %s: %s", async (role, verb, resource, allowed) => {
    const served = await serveSecurely();
    const group = resource === "*" ? "*" : "portunix.ai";
    const review = {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: { resourceAttributes: { verb, group, resource, namespace: "default" } },
    };
    const path = `${AUTHORIZATION}/selfsubjectaccessreviews`;
    const answer = await ask(served, path, review, served.token(role));
    expect(answer).toMatchObject({ ...review, status: { allowed } });
  });

  test("list what a role may do, as protobuf too", async () => {
    const served = await serveSecurely();
    const token = served.token("view");
    const body = envelope(
      "authorization.k8s.io/v1",
      "SelfSubjectRulesReview",
      bytes(2, field(1, "default")),
    );
    const path = `${AUTHORIZATION}/selfsubjectrulesreviews`;
    const { call } = served;
    const asAdmin = await call("POST", path, {
      body: body.toString("latin1"),
      headers: { "content-type": "application/vnd.kubernetes.protobuf" },
    });
    expect(asAdmin.json).toMatchObject({
      spec: { namespace: "default" },
      status: { resourceRules: [{ verbs: ["*"] }], incomplete: false },
    });
    const review = {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: {},
    };
    const { status } = await ask(served, path, review, token);
    const { resourceRules } = status as {
      resourceRules: { resources: string[]; verbs: string[] }[];
    };
    const readable = resourceRules.filter(({ verbs }) => verbs.includes("list"));
    const names = readable.flatMap(({ resources }) => resources);
    expect(names).toEqual(expect.arrayContaining(["plugins", "configmaps", "namespaces"]));
    expect(names).not.toContain("secrets");
  });

  test("of others are for admin alone", async () => {
    const served = await serveSecurely();
    const review = {
      kind: "SubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: {
        user: "x",
        groups: ["portunix:view"],
        nonResourceAttributes: { path: "/metrics", verb: "get" },
      },
    };
    const path = `${AUTHORIZATION}/subjectaccessreviews`;
    expect(await ask(served, path, review, served.token("edit"))).toMatchObject({ code: 403 });
    expect(await ask(served, path, review, served.token("admin"))).toMatchObject({
      status: { allowed: false },
    });
  });

  test.each([
    ["GET", undefined, 405],
    ["POST", {}, 400],
    ["POST", [], 400],
    ["POST", { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1" }, 400],
    [
      "POST",
      {
        kind: "SelfSubjectAccessReview",
        apiVersion: "authorization.k8s.io/v1",
        spec: { resourceAttributes: { verb: 1 } },
      },
      400,
    ],
  ])("refuse what is none: %s %j", async (method, body, code) => {
    const { call } = await serveSecurely();
    const path = `${AUTHORIZATION}/selfsubjectaccessreviews`;
    expect((await call(method, path, body === undefined ? {} : { body })).code).toBe(code);
  });
});

describe("the tokens' endpoint", () => {
  test("hands out, lists and revokes, to the socket and to admin", async () => {
    const { call, get, token } = await serveSecurely();
    const TOKENS = "/portunix/v1/tokens";
    const made = await call("POST", TOKENS, { body: { role: "view", name: "ci", ttlSeconds: 60 } });
    const { id, token: secret } = made.json as { id: string; token: string };
    expect([made.code, made.json]).toMatchObject([201, { role: "view", name: "ci" }]);
    expect((await get("/api", { token: secret })).code).toBe(200);
    const listed = await get(TOKENS, { token: token("admin") });
    expect(listed.text).toContain(id);
    expect(listed.text).not.toContain(secret.slice(15));
    expect((await call("DELETE", `${TOKENS}/${id}`)).json).toMatchObject({ id });
    expect((await get("/api", { token: secret })).code).toBe(401);
    expect((await call("DELETE", `${TOKENS}/${id}`)).code).toBe(404);
  });

  test.each([
    [{}],
    [[]],
    [{ role: "root" }],
    [{ role: "view", ttlSeconds: 0 }],
    [{ role: "view", ttlSeconds: "1h" }],
    [{ role: "view", name: 7 }],
    [{ role: "view", name: "A B" }],
  ])("refuses %j", async (body) => {
    const { call, tokens } = await serveSecurely();
    expect((await call("POST", "/portunix/v1/tokens", { body })).code).toBe(400);
    expect(tokens.list()).toEqual([]);
  });
});

describe("bodies as protobuf", () => {
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };

  test("make objects of the kinds that clients send so", async () => {
    const { call } = await serveSecurely();
    const body = envelope(
      "v1",
      "ConfigMap",
      bytes(1, field(1, "c")),
      bytes(2, field(1, "k"), field(2, "v")),
    );
    const made = await call("POST", CONFIG_MAPS, { body: body.toString("latin1"), headers });
    expect([made.code, made.json]).toMatchObject([
      201,
      { metadata: { name: "c" }, data: { k: "v" } },
    ]);
    const options = envelope("v1", "DeleteOptions", field(5, "All"));
    const deleted = await call("DELETE", `${CONFIG_MAPS}/c`, {
      body: options.toString("latin1"),
      headers,
    });
    expect(deleted.code).toBe(200);
    expect((await call("GET", `${CONFIG_MAPS}/c`)).code).toBe(200);
  });

  test.each([
    [envelope("v1", "Pod", bytes(1, field(1, "p"))).toString("latin1"), 415],
    [envelope("v1", "Secret", bytes(1, field(1, "p"))).toString("latin1"), 400],
    ["k8s\0\n\x7f", 400],
    ["", 400],
    ["{}", 400],
  ])("that are wrong are refused: %j", async (body, code) => {
    const { call } = await serveSecurely();
    const answer = await call("POST", CONFIG_MAPS, { body, headers });
    expect([answer.code, answer.json]).toMatchObject([code, { kind: "Status", code }]);
  });
});

describe("close", () => {
  test("ends watches cleanly, over TLS too, and idle connections", async () => {
    const { server, open, token, tls, identity } = await serveSecurely();
    const heard = listen(await open(`${CONFIG_MAPS}?watch=1`, { token: token("view") }));
    const idle = connectTls({
      port: tls.port,
      host: "127.0.0.1",
      ca: identity.certificateAuthority,
    });
    idle.on("error", () => {});
    onTestFinished(() => void idle.destroy());
    await once(idle, "secureConnect");
    const gone = once(idle, "close");
    idle.resume();
    await server.close();
    await gone;
    await eventually(() => expect([heard.isOver, heard.isWhole]).toEqual([true, true]));
  });

  test("is told of a port that is taken", async () => {
    const { tls, server, tokens, identity } = await serveSecurely();
    const { key, certificate: cert } = identity;
    await expect(
      server.listenTls({
        host: "127.0.0.1",
        port: tls.port,
        hosts: [],
        credentials: { key, cert },
        authenticator: tokens,
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining("the port is taken") as string });
  });
});

interface Heard {
  text: string;
  isOver: boolean;
  /** Whether it ended as HTTP has it, and was not cut. */
  isWhole: boolean;
}

function listen(response: IncomingMessage): Heard {
  const heard: Heard = { text: "", isOver: false, isWhole: false };
  response.on("data", (chunk: Buffer) => (heard.text += chunk.toString()));
  response.on("error", () => {});
  response.on("end", () => (heard.isWhole = response.complete));
  response.on("close", () => (heard.isOver = true));
  return heard;
}

function bothContain(part: string): unknown[] {
  const one = expect.stringContaining(part) as unknown;
  return [one, one];
}
