import { beforeAll, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { eventually } from "../helpers/eventually.ts";
import { normalised } from "../helpers/kube-cases.ts";
import { follow } from "../helpers/kube-follow.ts";
import { pluginYaml } from "../helpers/kube-manifests.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { kubectls } from "../helpers/kube-tools.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly reason?: string;
    readonly metadata: {
      readonly name?: string;
      readonly resourceVersion?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
}

describeEach(kubectls(), "watch", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(async () => {
    await session.start();
    await session.ok("create configmap first --from-literal=a=1");
  });

  /** A watch that the server ends after a second. */
  async function watch(query: string): Promise<readonly WatchEvent[]> {
    const text = await session.ok(
      `get --raw '${CONFIG_MAPS}?watch=true&timeoutSeconds=1&${query}'`,
    );
    return text
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as WatchEvent);
  }

  test("get -w prints each change as a row, and nothing twice", async () => {
    const following = follow(session, "get configmaps -w --no-headers");
    await following.has(/^first +1 +/m);
    await session.ok("create configmap second --from-literal=a=1");
    await following.has(/^second +1 +/m);
    await session.ok(`patch configmap second --type=merge -p '{"data":{"b":"2"}}'`);
    await following.has(/^second +2 +/m);
    await session.ok("delete configmap second");
    await following.end();
    const names = following.rows().filter((row) => row.startsWith("second"));
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(following.rows().filter((row) => row.startsWith("first"))).toHaveLength(1);
  });

  test("get -w --output-watch-events says what happened", async () => {
    const following = follow(session, "get plugins -w --output-watch-events --no-headers");
    const input = pluginYaml("seen", { spec: "desiredState: Enabled" });
    await session.ok("create -f -", { input });
    await following.has(/^ADDED +seen +/m);
    await following.has(/^MODIFIED +seen +/m);
    await session.ok("delete plugin seen");
    await following.has(/^DELETED +seen +/m);
    await following.end();
  });

  test("get -w with a selector tells what comes into it and what leaves it", async () => {
    await session.ok("create configmap moved --from-literal=a=1");
    const following = follow(
      session,
      "get configmaps -l stage=in --watch-only --output-watch-events --no-headers",
    );
    // Nothing tells when a client that prints no list has begun to watch.
    await eventually(async () => {
      await session.ok("label configmap moved stage-");
      await session.ok("label configmap moved stage=in");
      expect(following.text()).toMatch(/ADDED +moved/);
    });
    await session.ok("label configmap moved stage=out --overwrite");
    await following.has(/DELETED +moved/);
    await following.end();
    await session.ok("delete configmap moved");
  });

  test("a watch goes on from the resourceVersion that it names", async () => {
    const list = JSON.parse(await session.ok(`get --raw ${CONFIG_MAPS}`)) as WatchEvent["object"];
    const version = list.metadata.resourceVersion ?? "";
    await session.ok("create configmap later --from-literal=a=1");
    await session.ok("delete configmap later");
    const events = await watch(`resourceVersion=${version}`);
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ["ADDED", "later"],
      ["DELETED", "later"],
    ]);
  });

  test("a watch of resourceVersion 0 begins with what is there", async () => {
    const events = await watch("resourceVersion=0");
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ["ADDED", "first"],
    ]);
  });

  test("bookmarks say how far a watch has come, when asked for", async () => {
    const events = await watch("resourceVersion=0&allowWatchBookmarks=true");
    expect(events.at(-1)).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } },
    });
    expect((await watch("resourceVersion=0")).map(({ type }) => type)).toEqual(["ADDED"]);
  });

  test("sendInitialEvents streams the list, and marks its end", async () => {
    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    const events = await watch(`${query}&allowWatchBookmarks=true`);
    expect(events.slice(0, 2)).toMatchObject([
      { type: "ADDED", object: { metadata: { name: "first" } } },
      {
        type: "BOOKMARK",
        object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
      },
    ]);
  });

  test("what is too old to go on from is 410, and says so in Kubernetes' words", async () => {
    // Kubernetes has never had a version of 1 that is still kept after thousands of writes; here it is compacted.
    const { status, stderr, stdout } = await session.run(
      `get --raw '${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=99999999'`,
    );
    expect([status, normalised(stderr + stdout)]).toEqual([
      expect.any(Number),
      expect.stringMatching(/Too large resource version|too old resource version|Expired/i),
    ]);
  });
});
