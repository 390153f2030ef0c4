import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scenarios } from "../../helpers/arbitraries.ts";
import { propertyRuns, propertyTimeoutMs } from "../../helpers/property-runs.ts";
import { NOTHING_WRONG, verdictOf } from "../../helpers/sim-run.ts";

const options = { numRuns: propertyRuns() };
const timeout = propertyTimeoutMs();

describe("the controller, badly informed", () => {
  test("P4: ends in the same state though events are lost, repeated and late", {
    timeout,
  }, async () => {
    const faults = { loseEvent: 0.25, repeatEvent: 0.2, delayEvent: 0.2 };
    await fc.assert(
      fc.asyncProperty(scenarios({ faults }), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });

  test("P5: stops and removes nothing because of an old observation", { timeout }, async () => {
    const faults = { replayEvent: 0.4, delayEvent: 0.2, breakWatch: 0.03 };
    await fc.assert(
      fc.asyncProperty(scenarios({ faults, maxCrashes: 3 }), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });

  test("P14: stops nothing wrongly though the clock jumps and the daemon is killed", {
    timeout,
  }, async () => {
    const shape = { hasClockJumps: true, maxOperations: 8, maxCrashes: 3 };
    await fc.assert(
      fc.asyncProperty(scenarios(shape), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });
});
