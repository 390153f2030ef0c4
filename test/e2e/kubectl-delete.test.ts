import { beforeAll, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases, normalised } from "../helpers/kube-cases.ts";
import { configMapYaml, pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

/** Newer ones name the namespace. */
const deleted = (what: string) => new RegExp(`^${what} deleted(?: from default namespace)?$`);
const held = configMapYaml("held", "{a: '1'}", "finalizers: [example.com/hold]");
const labelled = (name: string) => configMapYaml(name, "{a: '1'}", "labels: {app: x}");
const ALLOWLIST = "--prune -l app=x --prune-allowlist=core/v1/ConfigMap";
const APPLYSET = "-n default --server-side --prune --applyset=configmaps/set";
const alpha = { KUBECTL_APPLYSET: "true" };

describeEach(kubectls(), "delete, wait, prune", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(async () => {
    await session.start();
  });

  kubeCases(
    () => session,
    [
      // Wait.
      {
        run: "apply -f -",
        input: `${pluginYaml("web")}---\n${pluginYaml("paused", { spec: "suspend: true" })}`,
        stdout: "plugin.portunix.ai/web created\nplugin.portunix.ai/paused created",
      },
      {
        run: "wait --for=condition=Ready plugin/web --timeout=25s",
        stdout: "plugin.portunix.ai/web condition met",
      },
      {
        run: "wait --for=jsonpath={.status.phase}=Running plugin/web --timeout=25s",
        stdout: "plugin.portunix.ai/web condition met",
      },
      {
        run: "wait --for=condition=Suspended plugin -l !none --field-selector metadata.name=paused --timeout=25s",
        stdout: "plugin.portunix.ai/paused condition met",
      },
      {
        run: "wait --for=condition=Ready plugin/paused --timeout=1s",
        status: 1,
        stderr: "error: timed out waiting for the condition on plugins/paused",
      },
      {
        run: "wait --for=condition=Ready plugin/none --timeout=1s",
        status: 1,
        stderr: 'Error from server (NotFound): plugins.portunix.ai "none" not found',
      },
      // Delete: the object stays until its processes have ended, and kubectl waits for that.
      { run: "delete plugin web --timeout=25s", stdout: deleted('plugin.portunix.ai "web"') },
      {
        run: "get plugin web",
        status: 1,
        stderr: 'Error from server (NotFound): plugins.portunix.ai "web" not found',
      },
      {
        run: "get pod web-0",
        status: 1,
        stderr: 'Error from server (NotFound): pods "web-0" not found',
      },
      {
        run: "delete plugin web",
        status: 1,
        stderr: 'Error from server (NotFound): plugins.portunix.ai "web" not found',
      },
      { run: "delete plugin web --ignore-not-found" },
      { run: "wait --for=delete plugin/web --timeout=5s", stdout: /^(?:plugin.*condition met)?$/ },
      // Finalizers of others hold an object.
      { run: "create -f -", input: held, stdout: "configmap/held created" },
      { run: "delete configmap held --wait=false", stdout: deleted('configmap "held"') },
      {
        run: "get configmap held -o jsonpath={.metadata.deletionTimestamp}/{.metadata.finalizers}",
        stdout: 'TIME/["example.com/hold"]',
      },
      {
        run: "wait --for=delete configmap/held --timeout=1s",
        status: 1,
        // Newer ones say how their watch ended, too.
        stderr: ["error: timed out waiting for the condition on configmaps/held"],
      },
      {
        run: `patch configmap held --type=merge -p '{"metadata":{"finalizers":null}}'`,
        stdout: "configmap/held patched",
      },
      {
        run: "get configmap held",
        status: 1,
        stderr: 'Error from server (NotFound): configmaps "held" not found',
      },
      // Propagation.
      ...["background", "foreground", "orphan"].flatMap((cascade) => [
        {
          run: "create -f -",
          input: configMapYaml(cascade),
          stdout: `configmap/${cascade} created`,
        },
        {
          run: `delete configmap ${cascade} --cascade=${cascade} --timeout=20s`,
          stdout: deleted(`configmap "${cascade}"`),
        },
      ]),
      // By label, by file, all.
      {
        run: "create -f -",
        input: [labelled("a"), labelled("b"), configMapYaml("c")].join("---\n"),
        stdout: "configmap/a created\nconfigmap/b created\nconfigmap/c created",
      },
      {
        run: "delete configmaps -l app=x",
        stdout: /^configmap "a" deleted.*\nconfigmap "b" deleted.*$/,
      },
      { run: "delete -f -", input: configMapYaml("c"), stdout: deleted('configmap "c"') },
      { run: "delete configmaps --all", stdout: "No resources found" },
      {
        run: "delete --raw /apis/portunix.ai/v1alpha1/namespaces/default/plugins/paused",
        stdout: [/"kind":\s*"(?:Status|Plugin)"/],
      },
      {
        run: "wait --for=delete plugin/paused --timeout=20s",
        stdout: /^(?:plugin.*condition met)?$/,
      },
      // Prune by allowlist.
      {
        run: `apply -f - ${ALLOWLIST}`,
        input: `${labelled("a")}---\n${labelled("b")}`,
        stdout: "configmap/a created\nconfigmap/b created",
      },
      {
        run: `apply -f - ${ALLOWLIST}`,
        input: labelled("b"),
        stdout: "configmap/b unchanged\nconfigmap/a pruned",
      },
      // Prune by ApplySet.
      {
        run: `apply -f - ${APPLYSET}`,
        env: alpha,
        input: `${configMapYaml("one")}---\n${configMapYaml("two")}---\n${pluginYaml("p", { spec: "desiredState: Enabled" })}`,
        stdout:
          /configmap\/one serverside-applied\nconfigmap\/two serverside-applied\nplugin.portunix.ai\/p serverside-applied$/,
        stderr: /[^]*/,
      },
      {
        run: `apply -f - ${APPLYSET}`,
        env: alpha,
        input: configMapYaml("two"),
        stdout:
          /^configmap\/two serverside-applied\n(?:configmap\/one pruned\nplugin\.portunix\.ai\/p pruned|plugin\.portunix\.ai\/p pruned\nconfigmap\/one pruned)$/,
        stderr: /[^]*/,
      },
      { run: "get configmaps -o name", stdout: "configmap/b\nconfigmap/set\nconfigmap/two" },
    ],
  );

  test("wait --for=delete ends when the object does", async () => {
    await session.ok("create -f -", { input: held });
    await session.ok("delete configmap held --wait=false");
    const waiting = session.run("wait --for=delete configmap/held --timeout=25s");
    const none = `patch configmap held --type=merge -p '{"metadata":{"finalizers":null}}'`;
    await session.ok(none);
    const { status, stdout } = await waiting;
    // Nothing is printed when it was gone before the client had looked.
    expect(normalised(stdout)).toMatch(/^(?:configmap\/held condition met)?$/);
    expect(status).toBe(0);
  });
});
