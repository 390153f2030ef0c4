import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { E2eHome, PluginView } from "./e2e-home.ts";

export interface PluginEvent {
  readonly type: string;
  readonly plugin: PluginView;
}

export interface PluginWatch {
  /** Everything told so far, in order. */
  readonly events: readonly PluginEvent[];
  close(): void;
}

/** Keeps what the resource API tells about plugins; ends with the test unless `atEnd` says when. */
export async function watchPlugins(
  home: E2eHome,
  atEnd: (end: () => void) => void = onTestFinished,
): Promise<PluginWatch> {
  const events: PluginEvent[] = [];
  const path = "/apis/portunix.ai/v1alpha1/plugins?watch=true";
  const sent = request({ socketPath: home.path("run", "api.sock"), path });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject).end();
  });
  const close = (): void => void sent.destroy();
  atEnd(close);
  sent.on("error", () => {});
  response.on("error", () => {});
  const lines = createInterface({ input: response });
  lines.on("error", () => {});
  lines.on("line", (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: PluginView };
    events.push({ type, plugin: object });
  });
  return { events, close };
}
