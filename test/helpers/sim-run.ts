import { faultOf, shortcomings } from "./sim-checks.ts";
import { FAULTS_END_MS, type Scenario } from "./sim-scenario.ts";
import { SimWorld } from "./sim-world.ts";

/** How long after the faults have ended everything must be as it is wanted, ms of virtual time. */
export const CONVERGED_MS = FAULTS_END_MS + 130_000;
/** Until when nothing more may be done then: a full resync. */
export const QUIET_UNTIL_MS = CONVERGED_MS + 67_000;

export interface Outcome {
  readonly world: SimWorld;
  /** Everything that broke a promise on the way. */
  readonly violations: readonly string[];
  /** What is not as it is wanted at the end. */
  readonly shortcomings: readonly string[];
  /** What was still done when there was nothing left to do. */
  readonly restless: readonly string[];
}

/** Runs a scenario to its end: faults, then kindness, then quiet. */
export async function simulate(scenario: Scenario): Promise<Outcome> {
  const world = new SimWorld(scenario, faultOf);
  world.startController();
  world.clock.after(FAULTS_END_MS, () => world.heal());
  await world.runUntil(CONVERGED_MS);
  const found = shortcomings(world);
  await world.runUntil(QUIET_UNTIL_MS);
  const restless = world.performed
    .filter(({ atMs }) => atMs > CONVERGED_MS)
    .map(({ atMs, key, type }) => `${atMs}: ${type} ${key}`);
  return { world, violations: world.violations, shortcomings: found, restless };
}

export const NOTHING_WRONG = { violations: [], shortcomings: [], restless: [] };

/** What is wrong with a run of this scenario; equal to {@link NOTHING_WRONG} when nothing is. */
export async function verdictOf(scenario: Scenario): Promise<Omit<Outcome, "world">> {
  const { violations, shortcomings: short, restless } = await simulate(scenario);
  return { violations, shortcomings: short, restless };
}
