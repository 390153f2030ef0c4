import { execFile, spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { E2eHome } from "../helpers/e2e-home.ts";

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly { readonly name: string; readonly user: { readonly token: string } }[];
}

describe("access from outside the socket", () => {
  test("is off until it is asked for, and says how", async () => {
    const home = new E2eHome();
    await home.startDaemon();
    expect(await home.ok("daemon", "status")).toContain("--listen 127.0.0.1:0");
    const { status, stderr, stdout } = await home.run(["kubeconfig"]);
    expect([status, stdout]).toEqual([69, ""]);
    expect(stderr).toContain("portunix daemon start --listen 127.0.0.1:0");
    expect(await home.ok("token", "list")).toBe("");
  });

  test.each([
    ["0.0.0.0:0", 77, "--listen-beyond-loopback"],
    ["192.0.2.1:0", 77, "--listen-beyond-loopback"],
    ["8443", 2, "such as 127.0.0.1:6443"],
  ])("is refused on %s", async (address, status, words) => {
    const home = new E2eHome();
    const result = await home.run(["serve", "--listen", address]);
    expect(result.status).toBe(status);
    expect(result.stderr).toContain(words);
  });

  test("takes a token, which is shown once and can be revoked", async () => {
    const home = new E2eHome();
    await home.startDaemon("--listen", "127.0.0.1:0");
    const created = await home.run([
      "token",
      "create",
      "--role",
      "edit",
      "--ttl",
      "2h",
      "--name",
      "ci",
    ]);
    const token = created.stdout.trim();
    expect(token).toMatch(/^ptx_[0-9a-f]{10}_[\w-]{43}$/);
    expect(created.stderr).toMatch(/^token [0-9a-f]{10}: user ci, role edit, expires \d{4}-/);
    const table = await home.ok("token", "list");
    expect(table.split("\n")[0]).toMatch(/^ID +NAME +ROLE +EXPIRES +LAST USED +AGE$/);
    expect(table).toMatch(/^[0-9a-f]{10} +ci +edit +in (1h59m|119m|2h) +never/m);
    const secret = token.slice(15);
    expect(table).not.toContain(secret);
    for (const file of [["daemon.log"], ["state", "portunix.db"], ["state", "portunix.db-wal"]])
      expect(readFileSync(home.path(...file), "latin1")).not.toContain(secret);
    const id = token.slice(4, 14);
    expect(await home.ok("token", "revoke", id)).toBe(`token/${id} revoked (user ci)\n`);
    expect((await home.run(["token", "revoke", id])).status).toBe(66);
    expect((await home.run(["token", "create", "--ttl", "0s"])).status).toBe(2);
  });

  const kubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
  test.skipIf(!kubectl)("works with kubectl and what kubeconfig prints", async () => {
    const home = new E2eHome();
    await home.startDaemon("--listen", "127.0.0.1:0");
    const text = await home.ok("kubeconfig", "--role", "edit", "--name", "ed");
    const { clusters, users } = parse(text) as Kubeconfig;
    const server = clusters[0]?.cluster.server ?? "";
    expect(await home.ok("daemon", "status")).toContain(server);
    expect(users[0]?.name).toBe("ed");
    const authority = home.path("state", "tls", "ca.crt");
    const pem = Buffer.from(clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64");
    expect(pem.toString()).toBe(readFileSync(authority, "utf8"));
    expect(statSync(home.path("state", "tls", "ca.key")).mode & 0o777).toBe(0o600);
    const run = kubectlIn(home, home.write("kubeconfig", text));
    expect(await run("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")).toMatchObject(
      {
        status: 0,
        stdout: "ed",
      },
    );
    expect(await run("create", "configmap", "c", "--from-literal=a=b")).toMatchObject({
      status: 0,
      stdout: "configmap/c created\n",
    });
    expect(await run("create", "secret", "generic", "s", "--from-literal=p=q")).toMatchObject({
      status: 0,
    });
    expect(await run("get", "secret", "s", "-o", "jsonpath={.data.p}")).toMatchObject({
      stdout: "cQ==",
    });
    expect(await run("auth", "can-i", "delete", "plugins")).toMatchObject({ stdout: "yes\n" });
    expect(await run("create", "namespace", "n")).toMatchObject({
      status: 1,
      stderr: `Error from server (Forbidden): namespaces is forbidden: User "ed" cannot create resource "namespaces" in API group "" at the cluster scope\n`,
    });
    const [id = ""] = /^ptx_([0-9a-f]+)/.exec(users[0]?.user.token ?? "")?.slice(1) ?? [];
    await home.ok("token", "revoke", id);
    const refused = await run("get", "configmaps");
    expect([refused.status, refused.stderr]).toEqual([
      1,
      "error: You must be logged in to the server (Unauthorized)\n",
    ]);
  });
});

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function kubectlIn(home: E2eHome, kubeconfig: string): (...args: string[]) => Promise<Result> {
  const env = home.environment({
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(home.root, "kube-cache"),
  });
  return (...args) =>
    new Promise((resolve) => {
      const child = execFile("kubectl", args, { env }, (_, stdout, stderr) =>
        resolve({ status: child.exitCode, stdout, stderr }),
      );
    });
}
