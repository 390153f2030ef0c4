/** What a JSONPath template is made of. */
export type TemplatePart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "path"; readonly path: Path }
  | { readonly type: "range"; readonly path: Path; readonly parts: readonly TemplatePart[] };

export interface Path {
  readonly steps: readonly Step[];
  /** Begins at the whole value, also inside of a range or filter. */
  readonly isRoot: boolean;
}

export type Step =
  | { readonly type: "names"; readonly names: readonly string[] }
  | { readonly type: "indices"; readonly indices: readonly number[] }
  | {
      readonly type: "slice";
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly by: number;
    }
  | { readonly type: "all" }
  /** The value and everything in it. */
  | { readonly type: "descend" }
  | { readonly type: "filter"; readonly left: Path; readonly test: Test | undefined };

export interface Test {
  readonly operator: "==" | "!=" | "<" | "<=" | ">" | ">=";
  readonly right: Path | Literal;
}

export interface Literal {
  readonly value: string | number | boolean;
}
