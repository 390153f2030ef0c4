export interface BenchContext {
  /** The checkout. */
  readonly root: string;
  /** Where homes and packages go; short, since sockets live there. */
  readonly temporary: string;
}

/** One measured thing. A target is a bound on `value`, or on the ratio to `floor` where there is one. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** The least that this machine could take, measured in the same run. */
  readonly floor?: number;
  readonly target?: { readonly kind: "ratio" | "value"; readonly max: number };
}

export function printFigures(bench: string, figures: readonly Figure[]): void {
  console.log(`\n${bench}`);
  for (const { name, unit, value, floor, target } of figures) {
    const ratio = floor === undefined ? undefined : value / floor;
    const parts = [`  ${name.padEnd(44)} ${format(value)} ${unit}`];
    if (floor !== undefined && ratio !== undefined)
      parts.push(`floor ${format(floor)}`, `ratio ${ratio.toFixed(2)}`);
    if (target !== undefined) {
      const measured = target.kind === "ratio" ? (ratio ?? Number.NaN) : value;
      parts.push(`target <= ${target.max}`, measured <= target.max ? "met" : "NOT met");
    }
    console.log(parts.join("   "));
  }
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[Math.ceil(sorted.length / 2) - 1],
    sorted[middle],
  ];
  return (low + high) / 2;
}
