import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { configMapYaml, pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const off = { spec: "desiredState: Enabled" };
const GENERATION = "get plugin web -o jsonpath={.metadata.generation}";

describeEach(kubectls(), "create, replace, patch, label, edit, scale", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      {
        run: "create -f - --dry-run=server",
        input: pluginYaml("web", off),
        stdout: "plugin.portunix.ai/web created (server dry run)",
      },
      { run: "get plugins", stderr: "No resources found in default namespace." },
      {
        run: "create -f -",
        input: pluginYaml("web", off),
        stdout: "plugin.portunix.ai/web created",
      },
      {
        run: "create -f -",
        input: pluginYaml("web", off),
        status: 1,
        stderr:
          'Error from server (AlreadyExists): error when creating "STDIN": plugins.portunix.ai "web" already exists',
      },
      {
        run: "create -f -",
        input: pluginYaml("lost", { ...off, metadata: "namespace: nowhere" }),
        status: 1,
        stderr:
          'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found',
      },
      // Unknown fields: Strict by default, Warn and Ignore when asked.
      {
        run: "create -f -",
        input: pluginYaml("typo", { spec: "replica: 2" }),
        status: 1,
        stderr: [
          /^Error from server \(BadRequest\): error when creating "STDIN": Plugin in version "v1alpha1" cannot be handled as a Plugin: strict decoding error: unknown field "spec\.replica"/,
        ],
      },
      {
        run: "create -f - --validate=warn",
        input: pluginYaml("warned", { spec: "{replica: 2, desiredState: Enabled}" }).replace(
          /spec:[^]*/,
          "spec: {source: {path: ROOT/healthy}, replica: 2, desiredState: Enabled}\n",
        ),
        stdout: "plugin.portunix.ai/warned created",
        stderr: [/^Warning: unknown field "spec\.replica"/],
      },
      {
        run: "create -f - --validate=ignore",
        input: pluginYaml("ignored", { spec: "{}" }).replace(
          /spec:[^]*/,
          "spec: {source: {path: ROOT/healthy}, replica: 2, desiredState: Enabled}\n",
        ),
        stdout: "plugin.portunix.ai/ignored created",
      },
      { run: "get plugin ignored -o jsonpath={.spec.replica}" },
      // What is invalid is told by its path.
      {
        run: "create -f -",
        input: pluginYaml("bad", { spec: "replicas: -1" }),
        status: 1,
        stderr: [/^The Plugin "bad" is invalid: .*spec\.replicas: Invalid value: -1/],
      },
      {
        run: "create -f -",
        input: pluginYaml("Bad_Name"),
        status: 1,
        stderr: [/^The Plugin "Bad_Name" is invalid: .*metadata\.name: Invalid value: "Bad_Name"/],
      },
      {
        run: 'patch plugin web --type=merge -p \'{"spec":{"desiredState":"Sideways"}}\'',
        status: 1,
        stderr: [
          /^The Plugin "web" is invalid: .*spec\.desiredState: Unsupported value: "Sideways"/,
        ],
      },
      // Patches.
      { run: GENERATION, stdout: "1" },
      {
        run: 'patch plugin web --type=merge -p \'{"spec":{"replicas":2}}\'',
        stdout: "plugin.portunix.ai/web patched",
      },
      { run: GENERATION, stdout: "2" },
      {
        run: 'patch plugin web --type=merge -p \'{"spec":{"replicas":2}}\'',
        stdout: "plugin.portunix.ai/web patched (no change)",
      },
      {
        run: `patch plugin web --type=json -p '[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":1}]'`,
        stdout: "plugin.portunix.ai/web patched",
      },
      {
        run: `patch plugin web --type=json -p '[{"op":"test","path":"/spec/replicas","value":7}]'`,
        status: 1,
        stderr: [/replicas/],
      },
      {
        run: 'patch plugin web --type=strategic -p \'{"spec":{"replicas":2}}\'',
        status: 1,
        stderr: [
          /^(?:Error from server \(UnsupportedMediaType\)|error): .*strategic-merge-patch\+json/,
        ],
      },
      {
        run: 'patch plugin web --subresource=status --type=merge -p \'{"status":{"phase":"Running"}}\'',
        stdout: [/^plugin\.portunix\.ai\/web patched/],
      },
      { run: GENERATION, stdout: "3" },
      // Labels and annotations change no generation.
      { run: "label plugin web tier=front", stdout: "plugin.portunix.ai/web labeled" },
      {
        run: "label plugin web tier=back",
        status: 1,
        stderr: "error: 'tier' already has a value (front), and --overwrite is false",
      },
      { run: "label plugin web tier=back --overwrite", stdout: "plugin.portunix.ai/web labeled" },
      { run: "label plugin web tier-", stdout: "plugin.portunix.ai/web unlabeled" },
      { run: "annotate plugin web note=hello", stdout: "plugin.portunix.ai/web annotated" },
      {
        run: "label plugin web k=v --dry-run=server",
        stdout: "plugin.portunix.ai/web labeled (server dry run)",
      },
      { run: "get plugin web -o jsonpath={.metadata.labels}" },
      { run: GENERATION, stdout: "3" },
      // Replace: with the resourceVersion of another state it is refused.
      {
        run: "create -f -",
        input: configMapYaml("c", "{a: one}"),
        stdout: "configmap/c created",
      },
      {
        run: "replace -f -",
        input: configMapYaml("c", "{a: two}"),
        stdout: "configmap/c replaced",
      },
      {
        run: "replace -f -",
        input: configMapYaml("c", "{a: three}", 'resourceVersion: "1"'),
        status: 1,
        stderr:
          'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
      },
      { run: "get configmap c -o jsonpath={.data.a}", stdout: "two" },
      {
        run: "replace --force -f -",
        input: configMapYaml("c", "{a: four}"),
        stdout: /^configmap "c" deleted(?: from default namespace)?\nconfigmap\/c replaced$/,
      },
      {
        run: "replace -f -",
        input: configMapYaml("none"),
        status: 1,
        stderr:
          'Error from server (NotFound): error when replacing "STDIN": configmaps "none" not found',
      },
      // Editors.
      {
        run: "edit plugin web",
        env: { KUBE_EDITOR: "sed -i 's/^  replicas: 1/  replicas: 3/'" },
        stdout: "plugin.portunix.ai/web edited",
      },
      { run: "get plugin web -o jsonpath={.spec.replicas}", stdout: "3" },
      {
        run: "edit plugin web",
        env: { KUBE_EDITOR: "true" },
        stderr: "Edit cancelled, no changes made.",
      },
      // Scale.
      { run: "scale plugin/web --replicas=2", stdout: "plugin.portunix.ai/web scaled" },
      {
        run: "scale plugin/web --current-replicas=9 --replicas=1",
        status: 1,
        stderr: [/Expected replicas to be 9, was 2/],
      },
      {
        run: "get plugin web --subresource=scale -o jsonpath={.kind}/{.spec.replicas}",
        stdout: "Scale/2",
      },
      { run: "delete plugin web warned ignored --dry-run=server", stdout: /(?:server dry run)/ },
      { run: "get plugins -o name", stdout: ["plugin.portunix.ai/ignored", "web"] },
    ],
  );
});
