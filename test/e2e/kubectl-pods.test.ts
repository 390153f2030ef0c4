import { beforeAll, describe, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { eventually } from "../helpers/eventually.ts";
import { kubeCases, normalised } from "../helpers/kube-cases.ts";
import { follow } from "../helpers/kube-follow.ts";
import { pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const POD = "web-0   1/1   Running   0   AGE";

describeEach(kubectls(), "pods, logs, deployments", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(async () => {
    await session.start();
    const input = pluginYaml("web", { metadata: "labels: {tier: front}" });
    await session.ok("apply -f -", { input });
    await session.ok("wait --for=condition=Ready plugin/web --timeout=25s");
  });

  describe("what runs", () => {
    kubeCases(
      () => session,
      [
        { run: "get pods", stdout: `NAME   READY   STATUS   RESTARTS   AGE\n${POD}` },
        { run: "get pods -l tier=front --no-headers", stdout: POD },
        {
          run: "get pod web-0 -o jsonpath={.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}",
          stdout: /^(?:Plugin|ReplicaSet)\/web/,
        },
        {
          run: "wait --for=condition=Ready pod/web-0 --timeout=5s",
          stdout: "pod/web-0 condition met",
        },
        {
          run: "describe pod web-0",
          stdout: [/^Name: +web-0$/m, /^Status: +Running$/m, /^Controlled By: +Plugin\/web$/m],
        },
        {
          run: "get deployments",
          stdout: "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb   1/1   1   1   AGE",
        },
        {
          run: "rollout status deployment/web --timeout=20s",
          stdout: 'deployment "web" successfully rolled out',
        },
        // The cores in use, such as 12m, look like an age.
        { run: "top pods --no-headers", stdout: /^web-0 +AGE +\d+Mi$/, comesTrue: true },
        { run: "top pod web-0 --containers --no-headers", stdout: [/^web-0 +\S+ +AGE +\d+Mi$/] },
        { run: "logs web-0", stdout: "listening" },
        { run: "logs web-0 --tail=0" },
        // A line that does not say when it was written gets no time made up for it.
        { run: "logs web-0 --tail=1 --timestamps", stdout: "listening" },
        { run: "logs web-0 --since=1h", stdout: "listening" },
        { run: "logs deploy/web", stdout: "listening" },
        { run: "logs -l tier=front --prefix", stdout: /^\[pod\/web-0\/\S+\] listening$/ },
        {
          run: "logs web-0 --previous",
          status: 1,
          stderr: [/^Error from server \(BadRequest\): previous terminated container/],
        },
        {
          run: "logs web-7",
          status: 1,
          stderr: [/^(?:e|E)rror.*pods "web-7" not found/],
        },
        {
          run: "exec web-0 -- true",
          status: 1,
          stderr: [/exec|forbidden|not allow|could not find/i],
        },
        {
          run: "run made --image=x",
          status: 1,
          stderr: [/^Error from server \((?:Forbidden|MethodNotAllowed)\)/],
        },
      ],
    );
  });

  describe("what changes", () => {
    test("logs -f goes on with what a restarted process writes, and --previous has what went before", async () => {
      const [pid = 0] = Object.values(await session.home.pids());
      process.kill(pid, "SIGKILL");
      await eventually(async () => {
        expect(normalised(await session.ok("get pod web-0 --no-headers"))).toMatch(
          /^web-0 +1\/1 +Running +1/,
        );
      });
      expect(await session.ok("logs web-0 --previous")).toBe("listening\n");
      const following = follow(session, "logs -f web-0");
      await following.has(/^listening\n$/);
      await following.end();
    });

    kubeCases(
      () => session,
      [
        { run: "rollout restart deployment/web", stdout: "deployment.apps/web restarted" },
        {
          run: "rollout status deployment/web --timeout=25s",
          stdout: [/deployment "web" successfully rolled out$/],
        },
        {
          run: "get plugin web -o jsonpath={.metadata.annotations}",
          stdout: [/restartedAt/],
        },
        { run: "scale deployment/web --replicas=2", stdout: "deployment.apps/web scaled" },
        { run: "get plugin web -o jsonpath={.spec.replicas}", stdout: "2" },
        {
          run: "rollout status deployment/web --timeout=25s",
          stdout: [/deployment "web" successfully rolled out$/],
        },
        {
          run: "wait --for=condition=Ready pod/web-0 pod/web-1 --timeout=20s",
          stdout: "pod/web-0 condition met\npod/web-1 condition met",
        },
        { run: "scale plugin/web --replicas=1", stdout: "plugin.portunix.ai/web scaled" },
        { run: "get pods -o name", stdout: "pod/web-0", comesTrue: true },
      ],
    );

    test("a deleted Pod is another one", async () => {
      const before = await session.ok("get pod web-0 -o jsonpath={.metadata.uid}");
      expect(await session.ok("delete pod web-0 --timeout=25s")).toMatch(/^pod "web-0" deleted/);
      await eventually(async () => {
        const after = await session.ok("get pod web-0 -o jsonpath={.metadata.uid}");
        expect(after).not.toBe(before);
      });
      await session.ok("wait --for=condition=Ready pod/web-0 --timeout=25s");
    });
  });
});
