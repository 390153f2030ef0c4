import { option, string } from "@oclif/core/flags";

export const selectorFlag = {
  selector: string({
    char: "l",
    description: "Only objects with these labels, such as tier=core,env!=test.",
    helpValue: "LABELS",
  }),
};

/** `-o`, one of these; the first is the default. */
export function outputFlag<const Format extends string>(formats: readonly [Format, ...Format[]]) {
  return option({
    char: "o",
    default: formats[0],
    options: formats,
    description: "Form of the output.",
    helpValue: formats.join("|"),
  })();
}
