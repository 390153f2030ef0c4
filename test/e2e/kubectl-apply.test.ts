import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { configMapYaml, pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const one = pluginYaml("one", { spec: "desiredState: Enabled" });
const both = `${one}  config: {a: 1}\n---\n${configMapYaml("c", "{x: '1', w: '2'}")}`;
const fewer = `${one}  config: {b: 2}\n---\n${configMapYaml("c", "{x: '1'}")}`;

describeEach(kubectls(), "apply and diff", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      {
        run: "apply -f - --dry-run=server",
        input: both,
        stdout:
          "plugin.portunix.ai/one created (server dry run)\nconfigmap/c created (server dry run)",
      },
      {
        run: "diff -f -",
        input: both,
        status: 1,
        stdout: ["+kind: Plugin", "+  name: one", "+  x: "],
      },
      {
        run: "apply -f -",
        input: both,
        stdout: "plugin.portunix.ai/one created\nconfigmap/c created",
      },
      {
        run: "apply -f -",
        input: both,
        stdout: "plugin.portunix.ai/one unchanged\nconfigmap/c unchanged",
      },
      { run: "diff -f -", input: both },
      // What others set stays, what was left out of the file goes.
      {
        run: `patch configmap c --type=merge -p '{"data":{"z":"3"}}'`,
        stdout: "configmap/c patched",
      },
      {
        run: "diff -f -",
        input: fewer,
        status: 1,
        stdout: ["-    a: 1", "+    b: 2", "-  w: "],
      },
      {
        run: "apply -f - --dry-run=server",
        input: fewer,
        stdout:
          "plugin.portunix.ai/one configured (server dry run)\nconfigmap/c configured (server dry run)",
      },
      { run: "get plugin one -o jsonpath={.spec.config}", stdout: '{"a":1}' },
      {
        run: "apply -f -",
        input: fewer,
        stdout: "plugin.portunix.ai/one configured\nconfigmap/c configured",
      },
      { run: "get plugin one -o jsonpath={.spec.config}", stdout: '{"b":2}' },
      { run: "get configmap c -o jsonpath={.data}", stdout: '{"x":"1","z":"3"}' },
      {
        run: "apply view-last-applied configmap/c",
        stdout: ["kind: ConfigMap", 'x: "1"'],
      },
      {
        run: "apply -f -",
        input: pluginYaml("two", { spec: "nonsense: 1" }),
        status: 1,
        stderr: [/strict decoding error: unknown field "spec\.nonsense"/],
      },
      {
        run: "apply -f -",
        input: "apiVersion: portunix.ai/v1alpha1\nkind: Plugln\nmetadata: {name: x}\n",
        status: 1,
        stderr: [/no matches for kind "Plugln" in version "portunix\.ai\/v1alpha1"/],
      },
      // The generation follows the spec alone.
      { run: "get plugin one -o jsonpath={.metadata.generation}", stdout: "2" },
      {
        run: "wait --for=jsonpath={.status.observedGeneration}=2 plugin/one --timeout=20s",
        stdout: "plugin.portunix.ai/one condition met",
      },
    ],
  );
});
