import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type BenchHome, openHome } from "./home.ts";
import type { BenchContext } from "./figures.ts";

export interface ApiHome {
  readonly directory: string;
  readonly socketPath: string;
  /** For kubectl: the kubeconfig, and a discovery cache of its own. */
  readonly env: NodeJS.ProcessEnv;
  /** Writes `count` Plugins that run nothing, in this namespace, to a file; gives its path. */
  manifest(count: number, namespace: string): string;
  /** Puts `count` Plugins into the namespace default, and waits until their status is written. */
  fill(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A daemon that listens for kubectl, with an empty namespace "small". */
export async function openApiHome(context: BenchContext): Promise<ApiHome> {
  const home = openHome(context);
  const { directory } = home;
  await home.portunix("daemon", "start", "--listen", "127.0.0.1:0");
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, await home.portunix("kubeconfig"), { mode: 0o600 });
  const namespace = join(directory, "small.json");
  const small = { apiVersion: "v1", kind: "Namespace", metadata: { name: "small" } };
  writeFileSync(namespace, JSON.stringify(small));
  await home.portunix("apply", "-f", namespace);
  return {
    directory,
    socketPath: join(directory, "h", "run", "api.sock"),
    env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(directory, "kube-cache") },
    manifest: (count, name) => manifest(home, count, name),
    fill: async (count) => {
      await home.portunix("apply", "-f", manifest(home, count, "default"));
      await settle(home);
    },
    close: () => home.close(),
  };
}

function manifest({ directory, packageDir }: BenchHome, count: number, namespace: string): string {
  const path = join(directory, `${namespace}-${count}.yaml`);
  const documents = Array.from({ length: count }, (_, index) =>
    stringify({
      apiVersion: "portunix.ai/v1alpha1",
      kind: "Plugin",
      metadata: { name: `p-${index}`, namespace, labels: { bench: "true" } },
      spec: { source: { path: packageDir }, suspend: true },
    }),
  );
  writeFileSync(path, documents.join("---\n"));
  return path;
}

/** Until two looks a second apart see the same. */
async function settle(home: BenchHome): Promise<void> {
  for (let last = ""; ; ) {
    const now = await home.portunix("get", "plugins", "-o", "json");
    if (now === last) return;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
