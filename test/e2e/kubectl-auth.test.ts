import { beforeAll } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { kubeCases } from "../helpers/kube-cases.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const VIEW = { KUBECONFIG: "view" };
const EDIT = { KUBECONFIG: "edit" };
const forbidden = (what: string) => `Error from server (Forbidden): ${what}`;

describeEach(kubectls(), "who may do what", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(async () => {
    await session.start();
    const { home } = session;
    for (const role of ["view", "edit"]) {
      const text = await home.ok("kubeconfig", "--role", role, "--name", `a-${role}er`);
      home.write(role, text);
      home.write(`${role}-wrong`, text.replace(/token: ptx_\w{4}/, "token: ptx_0000"));
    }
    await session.ok("create secret generic s --from-literal=a=b");
    await session.ok("create configmap c --from-literal=a=b");
  });

  kubeCases(
    () => session,
    [
      { run: "auth whoami -o jsonpath={.status.userInfo.groups}", stdout: [/admin/] },
      { run: "auth whoami", env: VIEW, stdout: [/^Username +a-viewer$/m] },
      { run: "auth can-i '*' '*'", stdout: "yes" },
      { run: "auth can-i get plugins", env: VIEW, stdout: "yes" },
      {
        run: "auth can-i delete plugins",
        env: VIEW,
        status: 1,
        stdout: "no - the user has the role view",
      },
      {
        run: "auth can-i get secrets",
        env: VIEW,
        status: 1,
        stdout: "no - the user has the role view",
      },
      { run: "auth can-i get secrets", env: EDIT, stdout: "yes" },
      { run: "auth can-i get pods --subresource=log", env: VIEW, stdout: "yes" },
      {
        run: "auth can-i --list",
        env: VIEW,
        stdout: [/^Resources +Non-Resource URLs +Resource Names +Verbs$/m, /plugins\.portunix\.ai/],
        stderr: /[^]*/,
      },
      { run: "get configmap c -o name", env: VIEW, stdout: "configmap/c" },
      {
        run: "get secrets",
        env: VIEW,
        status: 1,
        stderr: forbidden(
          'secrets is forbidden: User "a-viewer" cannot list resource "secrets" in API group "" in the namespace "default"',
        ),
      },
      {
        run: "delete configmap c",
        env: VIEW,
        status: 1,
        stderr: forbidden(
          'configmaps "c" is forbidden: User "a-viewer" cannot delete resource "configmaps" in API group "" in the namespace "default"',
        ),
      },
      {
        run: "label configmap c a=b",
        env: VIEW,
        status: 1,
        stderr: [/cannot patch resource "configmaps"/],
      },
      {
        run: "scale plugin/x --replicas=2",
        env: VIEW,
        status: 1,
        stderr: [/forbidden|not found/],
      },
      { run: "label configmap c a=b", env: EDIT, stdout: "configmap/c labeled" },
      {
        run: "create namespace n",
        env: EDIT,
        status: 1,
        stderr: [/cannot create resource "namespaces" in API group "" at the cluster scope/],
      },
      {
        run: "get configmaps",
        env: { KUBECONFIG: "edit-wrong" },
        status: 1,
        stderr: [/^error: You must be logged in to the server/m],
      },
      {
        run: "get configmaps --insecure-skip-tls-verify --token=nonsense",
        env: { KUBECONFIG: "/dev/null" },
        status: 1,
        // Nothing listens at kubectl's default address.
        stderr: /[^]+/,
      },
    ],
  );
});
