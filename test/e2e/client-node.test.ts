import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  Watch,
} from "@kubernetes/client-node";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { writeOften } from "../helpers/socket-writes.ts";

/** More than the daemon keeps for watches, and the tenth by which it may pass that. */
const WRITES = 5600;
const PLUGINS = {
  group: "portunix.ai",
  version: "v1alpha1",
  namespace: "default",
  plural: "plugins",
};
const PLUGINS_PATH = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";
const HEAD = { apiVersion: "portunix.ai/v1alpha1", kind: "Plugin" };

interface PluginObject extends KubernetesObject {
  readonly spec?: { readonly replicas?: number; readonly source?: object; desiredState?: string };
  readonly status?: { readonly phase?: string };
}

describe("@kubernetes/client-node", () => {
  const session = new KubeSession({ title: "none", file: "kubectl" });
  const config = new KubeConfig();
  beforeAll(async () => {
    await session.start();
    config.loadFromFile(session.kubeconfig);
  });

  const plugin = (name: string, spec: object = {}): PluginObject => ({
    ...HEAD,
    metadata: { name, namespace: "default" },
    spec: { source: { path: session.place("ROOT/healthy") }, desiredState: "Enabled", ...spec },
  });

  /** An informer of Plugins that starts again after an error, as its documentation says. */
  async function informer() {
    const api = config.makeApiClient(CustomObjectsApi);
    const list = () =>
      api.listNamespacedCustomObject(PLUGINS) as Promise<KubernetesListObject<PluginObject>>;
    const made = makeInformer(config, PLUGINS_PATH, list);
    const events: string[] = [];
    for (const verb of ["add", "update", "delete"] as const)
      made.on(verb, ({ metadata }) => events.push(`${verb} ${metadata?.name}`));
    const again = (): void => void setTimeout(() => void made.start(), 100);
    made.on("error", again);
    onTestFinished(() => {
      made.off("error", again);
      return made.stop();
    });
    await made.start();
    return {
      events,
      names: () => new Set(made.list().map(({ metadata }) => metadata?.name)),
    };
  }

  /** The first event of a watch from there, or why there is none. */
  function firstOf(resourceVersion: string | undefined): Promise<unknown> {
    return new Promise((resolve) => {
      const onEvent = (type: string, object: unknown): void => resolve({ type, object });
      void new Watch(config).watch(PLUGINS_PATH, { resourceVersion }, onEvent, resolve);
    });
  }

  test("KubernetesObjectApi: create, read, list, patch, apply, replace, delete", async () => {
    const api = KubernetesObjectApi.makeApiClient(config);
    const created = await api.create(plugin("one"));
    expect(created.metadata?.generation).toBe(1);
    const read = await api.read<PluginObject>({
      ...HEAD,
      metadata: { name: "one", namespace: "default" },
    });
    expect(read.metadata?.uid).toBe(created.metadata?.uid);
    const listed = await api.list(HEAD.apiVersion, HEAD.kind, "default");
    expect(listed.items.map(({ metadata }) => metadata?.name)).toEqual(["one"]);
    const change = {
      ...HEAD,
      metadata: { name: "one", namespace: "default" },
      spec: { replicas: 2 },
    };
    const merge = PatchStrategy.MergePatch;
    const patched = await api.patch<PluginObject>(
      change,
      undefined,
      undefined,
      "me",
      undefined,
      merge,
    );
    expect(patched.spec?.replicas).toBe(2);
    const applied = { ...change, spec: { replicas: 3 } };
    const apply = PatchStrategy.ServerSideApply;
    const refused = api.patch(applied, undefined, undefined, "other", false, apply);
    await expect(refused).rejects.toMatchObject({ code: 409, body: expect.stringContaining("me") });
    const forced = await api.patch<PluginObject>(
      applied,
      undefined,
      undefined,
      "other",
      true,
      apply,
    );
    expect(forced.spec?.replicas).toBe(3);
    const stale = api.replace({ ...read, spec: { ...read.spec, replicas: 9 } });
    await expect(stale).rejects.toThrow(ApiException);
    await api.delete(created);
    await eventually(() =>
      expect(api.read(plugin("one") as never)).rejects.toMatchObject({ code: 404 }),
    );
  });

  test("typed clients: namespaces, config maps, secrets", async () => {
    const core = config.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespace();
    expect(items.map(({ metadata }) => metadata?.name)).toContain("default");
    const body = { metadata: { name: "s" }, stringData: { a: "b" } };
    await core.createNamespacedSecret({ namespace: "default", body });
    const { data } = await core.readNamespacedSecret({ namespace: "default", name: "s" });
    expect(data).toEqual({ a: "Yg==" });
    await core.deleteNamespacedSecret({ namespace: "default", name: "s" });
  });

  test("Watch: sees what happens after the list", async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    const list = (await api.listNamespacedCustomObject(
      PLUGINS,
    )) as KubernetesListObject<PluginObject>;
    const { resourceVersion } = list.metadata ?? {};
    const seen: string[] = [];
    const watch = new Watch(config);
    const controller = await watch.watch(
      PLUGINS_PATH,
      { resourceVersion },
      (type: string, { metadata }: PluginObject) => seen.push(`${type} ${metadata?.name}`),
      () => {},
    );
    onTestFinished(() => controller.abort());
    await api.createNamespacedCustomObject({ ...PLUGINS, body: plugin("watched") });
    await eventually(() => expect(seen[0]).toBe("ADDED watched"));
    await api.deleteNamespacedCustomObject({ ...PLUGINS, name: "watched" });
    await eventually(() => expect(seen.at(-1)).toBe("DELETED watched"));
  });

  test("informer and Watch: through a restart of the daemon, and through compaction meanwhile", async () => {
    const api = KubernetesObjectApi.makeApiClient(config);
    await api.create(plugin("before"));
    const { events, names } = await informer();
    await eventually(() => expect(names()).toEqual(new Set(["before"])));
    const { metadata } = await api.list(HEAD.apiVersion, HEAD.kind, "default");
    const { server = "" } = config.getCurrentCluster() ?? {};
    const address = new URL(server).host;
    await session.home.killDaemon();
    await session.home.startDaemon("--listen", address);
    await eventually(() => api.create(plugin("after")));
    await eventually(() => expect(names()).toEqual(new Set(["after", "before"])));
    // What happens while the informer cannot reach the daemon falls out of what is kept.
    await session.home.killDaemon();
    await session.home.startDaemon();
    await session.home.ok("delete", "plugin", "before");
    await writeOften(session.home.path("run", "api.sock"), "often", WRITES);
    await session.home.killDaemon("SIGTERM");
    await session.home.startDaemon("--listen", address);
    await eventually(() => expect(names()).toEqual(new Set(["after"])));
    expect(events.filter((event) => event === "delete before")).toHaveLength(1);
    expect(events.filter((event) => event === "add after")).toHaveLength(1);
    expect(await firstOf(metadata?.resourceVersion)).toMatchObject({ statusCode: 410 });
  }, 120_000);
});
