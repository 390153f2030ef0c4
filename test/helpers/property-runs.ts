/** How often a property is tried: PORTUNIX_PROPERTY_RUNS, which test:deep sets, or 1,000. */
export function propertyRuns(): number {
  const runs = Number(process.env["PORTUNIX_PROPERTY_RUNS"] ?? 1_000);
  if (!Number.isInteger(runs) || runs < 1)
    throw new RangeError("PORTUNIX_PROPERTY_RUNS must be an integer from 1");
  return runs;
}

/** A property may take long in a deep run; ms. */
export function propertyTimeoutMs(): number {
  return Math.max(120_000, propertyRuns() * 600);
}
