import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const HEADER = "NAME   READY   PHASE   VERSION   RESTARTS   AGE";
const WEB = "web   1/1   Running   1.0.0   0   AGE";
const TOOL = "tool   True   Enabled   1.0.0   0   AGE";

describeEach(kubectls(), "get, describe, events", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(async () => {
    await session.start();
    const web = pluginYaml("web", { metadata: "labels: {tier: front, app: shop}" });
    const cli = pluginYaml("tool", {
      metadata: "labels: {tier: back}",
      spec: "desiredState: Enabled",
    });
    await session.ok("apply -f -", { input: `${web}---\n${cli}` });
    await session.ok("wait --for=condition=Ready plugin/web plugin/tool --timeout=25s");
  });

  kubeCases(
    () => session,
    [
      { run: "get plugins", stdout: [HEADER, TOOL, WEB] },
      { run: "get plg web", stdout: [HEADER, WEB] },
      {
        run: "get plugins.v1alpha1.portunix.ai web -o wide",
        stdout: `
        ${HEADER}   DIGEST   SOURCE   REASON
        ${WEB}   HEX   ROOT/healthy   Running`,
      },
      { run: "get plugins web --no-headers", stdout: WEB },
      { run: "get plugins -o name", stdout: "plugin.portunix.ai/tool\nplugin.portunix.ai/web" },
      {
        run: "get plugins web --show-labels",
        stdout: `${HEADER}   LABELS\n${WEB}   app=shop,tier=front`,
      },
      { run: "get plugins -L tier --no-headers", stdout: `${TOOL}   back\n${WEB}   front` },
      { run: "get plugins -A --no-headers", stdout: `default   ${TOOL}\ndefault   ${WEB}` },
      { run: "get plugin/web plugin/tool -o name", stdout: /plugin.*web\nplugin.*tool/ },
      {
        run: "get plugin web -o jsonpath={.status.phase}/{.status.readyReplicas}/{.spec.restart.policy}",
        stdout: "Running/1/Always",
      },
      {
        run: "get plugins -o custom-columns=N:.metadata.name,GEN:.status.observedGeneration",
        stdout: "N   GEN\ntool   1\nweb   1",
      },
      {
        run: "get plugins -o go-template='{{range .items}}{{.kind}}:{{.metadata.name}} {{end}}'",
        stdout: "Plugin:tool Plugin:web",
      },
      {
        run: "get plugin tool -o yaml",
        stdout: [
          "apiVersion: portunix.ai/v1alpha1",
          "kind: Plugin",
          "kubectl.kubernetes.io/last-applied-configuration",
          'resourceVersion: "RV"',
          "uid: UID",
          "  desiredState: Enabled",
        ],
      },
      { run: "get plugins -o json", stdout: ['"kind": "List"', '"phase": "Running"'] },
      {
        run: "get plugin web --subresource=status --no-headers",
        stdout: WEB,
      },
      {
        run: "get plugin web --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'",
        stdout: [/kubectl-client-side-apply/, /portunix/],
      },
      // Selectors by label: every operator.
      { run: "get plugins -o name -l tier=front", stdout: "plugin.portunix.ai/web" },
      { run: "get plugins -o name -l tier==back", stdout: "plugin.portunix.ai/tool" },
      { run: "get plugins -o name -l tier!=front", stdout: "plugin.portunix.ai/tool" },
      {
        run: "get plugins -o name -l 'tier in (front,back),app'",
        stdout: "plugin.portunix.ai/web",
      },
      { run: "get plugins -o name -l 'tier notin (front)'", stdout: "plugin.portunix.ai/tool" },
      { run: "get plugins -o name -l '!app'", stdout: "plugin.portunix.ai/tool" },
      {
        run: "get plugins -l tier=none",
        stderr: "No resources found in default namespace.",
      },
      // Selectors by field.
      {
        run: "get plugins -o name --field-selector metadata.name=web",
        stdout: "plugin.portunix.ai/web",
      },
      {
        run: "get plugins -o name --field-selector status.phase=Running",
        stdout: "plugin.portunix.ai/web",
      },
      {
        run: "get plugins -o name --field-selector spec.desiredState!=Enabled",
        stdout: "plugin.portunix.ai/web",
      },
      {
        run: "get plugins --field-selector spec.replicas=1",
        status: 1,
        stderr: [/^Error from server \(BadRequest\):.*field label not supported: spec\.replicas/m],
      },
      { run: "get plugins --no-headers --chunk-size=1", stdout: `${TOOL}\n${WEB}` },
      {
        run: "get plugins --no-headers --sort-by=.spec.desiredState",
        stdout: [TOOL, WEB],
      },
      {
        run: "get plugins --no-headers --sort-by={.metadata.labels.tier}",
        stdout: `${TOOL}\n${WEB}`,
      },
      {
        run: "get plugins,deployments -o name",
        stdout: ["plugin.portunix.ai/web", "deployment.apps/web"],
      },
      {
        run: "get all -o name",
        stdout: ["pod/web-0", "deployment.apps/web", "plugin.portunix.ai/web"],
      },
      {
        run: "get plugin none",
        status: 1,
        stderr: 'Error from server (NotFound): plugins.portunix.ai "none" not found',
      },
      { run: "get plugin none --ignore-not-found" },
      {
        run: "describe plugin web",
        stdout: [
          /^Name: +web$/m,
          /^Kind: +Plugin$/m,
          /^Events:\n +Type +Reason +Age +From +Message$/m,
          /Normal +Started +AGE +reconciler +start instance 0/,
        ],
      },
      {
        run: "events --for plugin/web",
        stdout: [
          /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$/m,
          /Normal +Ready +Plugin\/web +1 of 1/,
        ],
      },
      {
        run: "get events --field-selector involvedObject.name=tool --no-headers",
        stdout: [/Normal +Enabled +plugin\/tool/i],
      },
    ],
  );
});
