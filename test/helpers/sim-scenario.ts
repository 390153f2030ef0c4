import { type ObjectKey, toKey } from "../../src/api/key.ts";
import type { PluginSpec } from "../../src/api/plugin.ts";
import type { Behaviour, SimPackage } from "./sim-package.ts";

/** What may go wrong, and how often: each a probability, in force until the faults end. */
export interface Faults {
  /** An action fails before it did anything, or after it has done it. */
  readonly failAction: number;
  /** An event of a watch, of host or store, never arrives. */
  readonly loseEvent: number;
  readonly repeatEvent: number;
  /** Arrives up to 3 s late, and so perhaps after newer ones. */
  readonly delayEvent: number;
  /** After an event, an old one of the same plugin arrives once more. */
  readonly replayEvent: number;
  /** The watch of the host breaks after an event. */
  readonly breakWatch: number;
}

export const NO_FAULTS: Faults = {
  failAction: 0,
  loseEvent: 0,
  repeatEvent: 0,
  delayEvent: 0,
  replayEvent: 0,
  breakWatch: 0,
};

/** One thing that a user, an operator or fate does to the world. */
export type Operation =
  | {
      readonly type: "apply";
      readonly plugin: number;
      readonly spec: PluginSpec;
      readonly label: string;
    }
  | { readonly type: "delete" | "kill" | "tamper" | "vanish"; readonly plugin: number }
  /** Everything, as `delete -f` of a whole file. */
  | { readonly type: "deleteAll" }
  /** The machine goes down, and with it every process and the controller. */
  | { readonly type: "reboot" }
  | { readonly type: "publish"; readonly package: number; readonly version: SimPackage }
  | { readonly type: "setSecret"; readonly value: string | undefined }
  | { readonly type: "jumpClock"; readonly deltaMs: number };

export interface Scenario {
  readonly seed: number;
  readonly packages: readonly SimPackage[];
  readonly plugins: readonly PluginSpec[];
  readonly operations: readonly (Operation & { readonly atMs: number })[];
  /** By plugin: how its first processes behave; those after them, and after the faults' end, are healthy. */
  readonly behaviours: readonly (readonly Behaviour[])[];
  readonly faults: Faults;
  /** Durable effects from one crash of the controller to the next; empty for none. */
  readonly crashAfterEffects: readonly number[];
  /** When the world becomes kind; left out: {@link FAULTS_END_MS}. */
  readonly faultsEndMs?: number;
}

/** From then on the world is kind: nothing fails, nothing is lost, new processes are healthy. */
export const FAULTS_END_MS = 40_000;
export const SECRET_NAME = "token";

export function pluginKey(index: number): ObjectKey {
  return toKey("default", `p${index}`);
}

export function packagePath(index: number): string {
  return `/packages/${index}`;
}
