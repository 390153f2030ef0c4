import { describe, expect, test } from "vitest";
import type { KubeTool } from "./kube-tools.ts";

/** Runs the suite once per tool that is there. With none it skips visibly, and in CI it fails. */
export function describeEach(
  tools: readonly KubeTool[],
  topic: string,
  suite: (tool: KubeTool) => void,
): void {
  for (const tool of tools) describe(`${tool.title}: ${topic}`, () => suite(tool));
  if (tools.length > 0) return;
  const hint = "no client found; run: node .ci/fetch-kubectl.mjs";
  if (process.env["CI"] === undefined) test.skip(`${topic} (${hint})`, () => {});
  else test(topic, () => expect.fail(hint));
}
