import { styleText } from "node:util";

export type Style = (format: "bold" | "red" | "green" | "yellow" | "dim", text: string) => string;

interface Output {
  readonly isTTY?: boolean;
}

/** Colours for a terminal, and none for anything else or where the user has asked for none. */
export function styleFor(
  output: Output,
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  const hasColour =
    output.isTTY === true &&
    (environment["NO_COLOR"] ?? "") === "" &&
    environment["TERM"] !== "dumb";
  return (format, text) => (hasColour ? styleText(format, text) : text);
}
