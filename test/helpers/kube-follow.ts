import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { KubeSession } from "./kube-session.ts";

/** A client that runs until it is ended, and what it has printed so far. */
export interface Following {
  text(): string;
  rows(): readonly string[];
  /** Waits until what was printed is like this. */
  has(pattern: RegExp): Promise<void>;
  end(): Promise<void>;
}

export function follow(session: KubeSession, line: string): Following {
  const child = session.spawn(line);
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr?.resume();
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    text: () => printed,
    rows: () => printed.trim().split("\n"),
    has: (pattern) => eventually(() => expect(printed).toMatch(pattern)),
    end: async () => {
      child.kill();
      await closed;
    },
  };
}
