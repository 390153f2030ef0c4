import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: How big it is.}
              colour: {type: string, default: red}
          status:
            type: object
            x-kubernetes-preserve-unknown-fields: true
`;
const widget = (size: number) =>
  `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: ${size}}\n`;

describeEach(kubectls(), "custom resources", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  kubeCases(
    () => session,
    [
      {
        run: "get crd plugins.portunix.ai -o yaml",
        stdout: [
          "kind: CustomResourceDefinition",
          "  scope: Namespaced",
          "openAPIV3Schema:",
          "additionalPrinterColumns:",
        ],
      },
      {
        run: "get crd plugins.portunix.ai -o jsonpath={.spec.names.kind}/{.spec.names.shortNames}/{.spec.versions[*].name}",
        stdout: 'Plugin/["plg"]/v1alpha1',
      },
      {
        run: "create -f -",
        input: WIDGETS,
        stdout: "customresourcedefinition.apiextensions.k8s.io/widgets.example.com created",
      },
      {
        run: "wait --for=condition=Established crd/widgets.example.com --timeout=10s",
        stdout: "customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met",
      },
      { run: "apply -f -", input: widget(3), stdout: "widget.example.com/w created" },
      { run: "get wd", stdout: "NAME   SIZE\nw   3" },
      { run: "get widgets w -o jsonpath={.spec}", stdout: '{"colour":"red","size":3}' },
      { run: "explain widget.spec.size", stdout: ["FIELD: size <integer>", "How big it is."] },
      {
        run: "apply -f -",
        input: widget(0),
        status: 1,
        stderr: [/The Widget "w" is invalid: .*spec\.size: Invalid value: 0/],
      },
      {
        run: "apply --server-side --field-manager=other -f -",
        input: widget(4),
        status: 1,
        stderr: ['conflict with "kubectl-client-side-apply"', ".spec.size"],
      },
      {
        run: "delete crd widgets.example.com --timeout=20s",
        stdout: 'customresourcedefinition.apiextensions.k8s.io "widgets.example.com" deleted',
      },
      {
        run: "get widgets",
        status: 1,
        // kubectl may still believe its cache of the discovery.
        stderr: [/the server doesn't have a resource type "widgets"|NotFound/],
      },
    ],
  );
});
