import { boolean, option, string } from "@oclif/core/flags";

export const selectorFlag = {
  selector: string({
    char: "l",
    description: "Only objects with these labels, such as tier=core,env!=test.",
    helpValue: "LABELS",
  }),
};

export const fileFlags = {
  filename: string({
    char: "f",
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    description: "A manifest, a directory of them, or - for standard input. May be repeated.",
    helpValue: "PATH",
  }),
  recursive: boolean({ char: "R", description: "Look in subdirectories too." }),
};

/** `--timeout`; read it with parseTimeout. @param fallback - Such as `30s`. */
export function timeoutFlag(fallback: string) {
  return {
    timeout: string({
      default: fallback,
      description: "How long to wait, such as 30s or 5m; 0 looks once.",
      helpValue: "TIME",
    }),
  };
}

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
