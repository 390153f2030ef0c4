import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { configMapYaml, pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const PASSWORD = "hunter2-in-clear";
const configured = pluginYaml("configured", { spec: "desiredState: Enabled" }).concat(
  "  configFrom:\n",
  "  - secretRef: {name: db, key: password, as: password}\n",
  "  - configMapRef: {name: settings, key: mode, as: mode}\n",
);

describeEach(kubectls(), "namespaces, ConfigMaps and Secrets", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      { run: "get namespaces", stdout: [/^NAME +STATUS +AGE$/m, "default   Active   AGE"] },
      // kubectl 1.32 and later send these as protobuf.
      { run: "create namespace team", stdout: "namespace/team created" },
      { run: "get namespace team -o jsonpath={.status.phase}", stdout: "Active" },
      {
        run: "create namespace team",
        status: 1,
        stderr: 'Error from server (AlreadyExists): namespaces "team" already exists',
      },
      {
        run: "create configmap settings -n team --from-literal=mode=fast",
        stdout: "configmap/settings created",
      },
      { run: "get configmaps -n team --no-headers", stdout: "settings   1   AGE" },
      { run: "get configmaps -o name", stdout: "", stderr: "" },
      { run: "get configmaps -A --no-headers", stdout: "team   settings   1   AGE" },
      {
        run: "get configmap settings",
        status: 1,
        stderr: 'Error from server (NotFound): configmaps "settings" not found',
      },
      {
        run: "create configmap x -n nowhere",
        status: 1,
        stderr: /namespaces "nowhere" not found$/,
      },
      {
        run: "apply -n team -f -",
        input: pluginYaml("web", { spec: "desiredState: Enabled" }),
        stdout: "plugin.portunix.ai/web created",
      },
      {
        run: "wait -n team --for=condition=Ready plugin/web --timeout=25s",
        stdout: "plugin.portunix.ai/web condition met",
      },
      { run: "get plugins -A -o name", stdout: "plugin.portunix.ai/web" },
      // All that is in a namespace goes with it.
      { run: "delete namespace team --timeout=25s", stdout: 'namespace "team" deleted' },
      {
        run: "get namespace team",
        status: 1,
        stderr: 'Error from server (NotFound): namespaces "team" not found',
      },
      { run: "get plugins,configmaps -A -o name" },
      {
        run: "delete namespace default",
        status: 1,
        stderr: [/^Error from server \(Forbidden\): namespaces "default" is forbidden/],
      },
      // Secrets: their values are shown by -o yaml alone.
      {
        run: `create secret generic db --from-literal=password=${PASSWORD}`,
        stdout: "secret/db created",
      },
      { run: "get secrets", stdout: [/^NAME +TYPE +DATA +AGE$/m, "db   Opaque   1   AGE"] },
      { run: "describe secret db", stdout: [/^Type: +Opaque$/m, /^password: +16 bytes$/m] },
      {
        run: "get secret db -o jsonpath={.data.password}",
        stdout: Buffer.from(PASSWORD).toString("base64"),
      },
      { run: "get secret db -o yaml", stdout: ["kind: Secret", "type: Opaque"] },
      {
        run: "apply -f -",
        input: `apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\nstringData: {a: b}\n`,
        stdout: "secret/plain created",
      },
      { run: "get secret plain -o jsonpath={.data}", stdout: '{"a":"Yg=="}' },
      // A Plugin refers to both.
      { run: "apply -f -", input: configured, stdout: "plugin.portunix.ai/configured created" },
      {
        run: "wait --for=condition=Ready=false plugin/configured --timeout=20s",
        stdout: "plugin.portunix.ai/configured condition met",
      },
      {
        run: `get plugin configured -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`,
        stdout: /^spec\.configFrom\[1\]: ConfigMap "settings" does not exist/,
      },
      {
        run: "apply -f -",
        input: configMapYaml("settings", "{mode: fast}"),
        stdout: "configmap/settings created",
      },
      {
        run: "wait --for=condition=Ready plugin/configured --timeout=25s",
        stdout: "plugin.portunix.ai/configured condition met",
      },
    ],
  );

  test("a Secret's value is in no log and no event, and the files that hold it are 0600", async () => {
    const encoded = Buffer.from(PASSWORD).toString("base64");
    const shown = await session.ok("get events -o yaml");
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain(encoded);
    const holding = filesIn(session.home.directory).filter((file) => {
      const text = readFileSync(file, "latin1");
      return text.includes(PASSWORD) || text.includes(encoded);
    });
    expect(holding.filter((file) => file.endsWith(".log"))).toEqual([]);
    expect(holding.length).toBeGreaterThan(0);
    expect(holding.map((file) => statSync(file).mode & 0o777)).toEqual(holding.map(() => 0o600));
  });
});

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
