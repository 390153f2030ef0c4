import { configureGlobal } from "fast-check";

/**
 * PORTUNIX_PROPERTY_SEED makes every property try the same inputs in each run: CI judges a change by
 * the change, not by luck. Without it each run tries new ones, and a failure prints its seed.
 */
const text = process.env["PORTUNIX_PROPERTY_SEED"];
if (text !== undefined) {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed))
    throw new RangeError("PORTUNIX_PROPERTY_SEED must be an integer");
  configureGlobal({ seed });
}
