import { beforeAll, expect, test } from "vitest";
import { describeEach } from "../helpers/describe-each.ts";
import { isReady, REPOSITORY } from "../helpers/e2e-home.ts";
import { KubeSession } from "../helpers/kube-session.ts";
import { helms } from "../helpers/kube-tools.ts";

const CHART = `${REPOSITORY}/test/fixtures/charts/plugins`;
const WAIT = "--wait --timeout 60s";

describeEach(helms(), "the life of a release", (tool) => {
  const session = new KubeSession(tool);
  beforeAll(() => session.start());

  /** The release's revision and state, as helm keeps them in Secrets. */
  async function release(): Promise<unknown> {
    const [one] = JSON.parse(await session.ok("list -o json")) as Record<string, unknown>[];
    return one && [one["name"], one["revision"], one["status"]];
  }

  async function replicas(): Promise<unknown> {
    return (await session.home.plugin("shop-front")).spec["replicas"];
  }

  test("install --wait ends when every Plugin is ready", async () => {
    const printed = await session.ok(`install shop ${CHART} --set package=ROOT/healthy ${WAIT}`);
    expect(printed).toContain("STATUS: deployed");
    const plugins = await session.home.plugins();
    expect(plugins.map(({ metadata }) => metadata.name)).toEqual(["shop-back", "shop-front"]);
    expect(plugins.every(isReady)).toBe(true);
    expect(await release()).toEqual(["shop", "1", "deployed"]);
  });

  test("a second install of the name is refused", async () => {
    const { status, stderr } = await session.run(`install shop ${CHART}`);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/cannot re-?use a name/)]);
  });

  test("upgrade changes what differs, and waits for it", async () => {
    const back = (await session.home.plugin("shop-back")).status?.instances;
    await session.ok(`upgrade shop ${CHART} --reuse-values --set replicas=2 ${WAIT}`);
    expect(await replicas()).toBe(2);
    const front = await session.home.plugin("shop-front");
    expect([isReady(front), front.status?.readyReplicas]).toEqual([true, 2]);
    expect((await session.home.plugin("shop-back")).status?.instances).toEqual(back);
    expect(await release()).toEqual(["shop", "2", "deployed"]);
  });

  test("an upgrade to what is invalid fails with the API's reason, and changes nothing", async () => {
    const { status, stderr } = await session.run(
      `upgrade shop ${CHART} --reuse-values --set replicas=-1 ${WAIT}`,
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining("spec.replicas")]);
    expect(await replicas()).toBe(2);
  });

  test("rollback goes back to a revision", async () => {
    expect(await session.ok(`rollback shop 1 ${WAIT}`)).toContain("Rollback was a success");
    expect(await replicas()).toBe(1);
    const history = await session.ok("history shop -o json");
    expect(JSON.parse(history)).toMatchObject([
      { revision: 1, status: "superseded" },
      { revision: 2, status: "superseded" },
      { revision: 3, status: "failed" },
      { revision: 4, status: "deployed", description: "Rollback to 1" },
    ]);
  });

  test("uninstall --wait ends when nothing is left", async () => {
    expect(await session.ok(`uninstall shop ${WAIT}`)).toContain('release "shop" uninstalled');
    expect(await session.home.plugins()).toEqual([]);
    expect(session.home.instances()).toEqual([]);
    expect(await release()).toBe(undefined);
  });
});
