import { boolean, integer, option, string } from "@oclif/core/flags";

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

/** `--wait`, on unless `--wait=false` or `--no-wait` is given. */
export const waitFlag = {
  wait: boolean({
    default: true,
    allowNo: true,
    description: "Wait until it is done; --wait=false does not.",
  }),
};

/** `--wait=false` and `--wait=true` in the words that oclif knows for them. */
export function withWaitValue(argv: readonly string[]): string[] {
  const words: Readonly<Record<string, string>> = {
    "--wait=false": "--no-wait",
    "--wait=true": "--wait",
  };
  return argv.map((word) => words[word] ?? word);
}

/** Where a daemon takes its manifests from. */
export const serveFlags = {
  "allow-delete": integer({
    min: 0,
    description: "How many objects one pass over a directory may delete; left out: a fifth.",
    helpValue: "COUNT",
  }),
  listen: string({
    description:
      "Serve the API over TLS too, to who has a token: an address of this machine and a port, 0 for any free one.",
    helpValue: "ADDRESS:PORT",
  }),
  "listen-beyond-loopback": boolean({
    description: "Let --listen be an address that other machines can reach.",
  }),
  manifests: string({
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    description: "A directory to keep the desired state in step with. May be repeated.",
    helpValue: "DIRECTORY",
  }),
};

/** `-o` of commands that show objects; read it with parseFormat. */
export const outputFormatFlag = {
  output: string({
    char: "o",
    default: "table",
    description: "Form of the output.",
    helpValue: "table|wide|json|yaml|name|jsonpath=...|custom-columns=...",
  }),
};

/** `--dry-run[=server|client]` of commands that change objects. */
export const dryRunFlag = {
  "dry-run": option({
    default: "none",
    options: ["none", "server", "client"] as const,
    description: "Show what would be done, and do nothing. Alone it means server.",
  })(),
};

/** `--dry-run` alone, in the words that oclif knows for it. */
export function withDryRunValue(argv: readonly string[]): string[] {
  return argv.map((word) => (word === "--dry-run" ? "--dry-run=server" : word));
}

/** `--watch`, on unless `--watch=false` or `--no-watch` is given. */
export const watchFlag = {
  watch: boolean({
    char: "w",
    default: true,
    allowNo: true,
    description: "Go on until it is done; --watch=false looks once.",
  }),
};

/** `--watch=false` and `--watch=true` in the words that oclif knows for them. */
export function withWatchValue(argv: readonly string[]): string[] {
  const words: Readonly<Record<string, string>> = {
    "--watch=false": "--no-watch",
    "--watch=true": "--watch",
  };
  return argv.map((word) => words[word] ?? word);
}
