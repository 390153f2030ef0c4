import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { configMapYaml, pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const plugin = (replicas: number) =>
  pluginYaml("one", { spec: `replicas: ${replicas}` }) + "  desiredState: Enabled\n";
const APPLY = "apply --server-side -f -";
const MANAGERS = "get plugin one --show-managed-fields -o jsonpath=";

describeEach(kubectls(), "server-side apply", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      {
        run: `${APPLY} --dry-run=server`,
        input: plugin(1),
        stdout: "plugin.portunix.ai/one serverside-applied (server dry run)",
      },
      { run: APPLY, input: plugin(1), stdout: "plugin.portunix.ai/one serverside-applied" },
      {
        run: `${MANAGERS}'{.metadata.managedFields[?(@.manager=="kubectl")].fieldsV1}'`,
        stdout: [/"f:replicas":\{\}/, /"f:source":\{"\.?f?/],
      },
      {
        run: "get plugin one -o jsonpath={.metadata.annotations}",
      },
      { run: "diff --server-side -f -", input: plugin(1) },
      { run: "diff --server-side -f -", input: plugin(2), status: 1, stdout: ["-  replicas: 1"] },
      // Another manager conflicts, and may force.
      {
        run: `${APPLY} --field-manager=other`,
        input: plugin(2),
        status: 1,
        stderr: [
          'Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas',
          "--force-conflicts",
        ],
      },
      {
        run: `${APPLY} --field-manager=other --force-conflicts`,
        input: plugin(2),
        stdout: "plugin.portunix.ai/one serverside-applied",
      },
      {
        run: APPLY,
        input: plugin(1),
        status: 1,
        stderr: ['conflict with "other": .spec.replicas'],
      },
      {
        run: APPLY,
        input: plugin(2),
        stdout: "plugin.portunix.ai/one serverside-applied",
      },
      // Scale owns its field too.
      { run: "scale plugin/one --replicas=4", stdout: "plugin.portunix.ai/one scaled" },
      {
        run: APPLY,
        input: plugin(1),
        status: 1,
        stderr: [/with subresource "scale" using portunix\.ai\/v1alpha1.*\.spec\.replicas/],
      },
      // A field that nobody applies any more is gone; one of another's stays.
      {
        run: `${APPLY} --field-manager=a`,
        input: configMapYaml("shared", "{a: '1', both: x}"),
        stdout: "configmap/shared serverside-applied",
      },
      {
        run: `${APPLY} --field-manager=b`,
        input: configMapYaml("shared", "{b: '2', both: x}"),
        stdout: "configmap/shared serverside-applied",
      },
      {
        run: `${APPLY} --field-manager=a`,
        input: configMapYaml("shared", "{}"),
        stdout: "configmap/shared serverside-applied",
      },
      { run: "get configmap shared -o jsonpath={.data}", stdout: '{"b":"2","both":"x"}' },
      // From the client's side to the server's.
      {
        run: "apply -f -",
        input: configMapYaml("old", "{gone: '1', kept: '1'}"),
        stdout: "configmap/old created",
      },
      {
        run: APPLY,
        input: configMapYaml("old", "{kept: '2'}"),
        stdout: "configmap/old serverside-applied",
      },
      { run: "get configmap old -o jsonpath={.data}", stdout: '{"kept":"2"}' },
      {
        run: "get configmap old --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'",
        // kubectl keeps its old annotation right under a manager of its own.
        stdout: "kubectl kubectl-last-applied",
      },
      // A resourceVersion does not move for nothing.
      {
        run: `${APPLY} -o jsonpath={.metadata.generation}`,
        input: plugin(4),
        stdout: [/^\d+$/],
      },
    ],
  );
});
