import { sanitise } from "../output/sanitise.ts";
import type { Style } from "../output/style.ts";
import type { Verdict } from "./verdict.ts";

export interface ProgressOutput {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

export interface Progress {
  show(name: string, verdict: Verdict): void;
  /** Puts the terminal back as it was; the last picture stays. Safe to call twice. */
  close(): void;
}

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const REDRAW_MS = 50;

/** How several objects come along: redrawn in place on a terminal, a line for each change elsewhere. */
export function openProgress(output: ProgressOutput, style: Style): Progress {
  return output.isTTY ? openLiveProgress(output, style) : plainProgress(output, style);
}

function plainProgress(output: ProgressOutput, style: Style): Progress {
  return {
    show: (name, verdict) => output.write(`${lineOf(name, verdict, { style, width: Infinity })}\n`),
    close: () => {},
  };
}

/** The cursor is hidden meanwhile, and shown again however the process ends. */
function openLiveProgress(output: ProgressOutput, style: Style): Progress {
  const verdicts = new Map<string, Verdict>();
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const draw = (): void => {
    timer = undefined;
    const lines = pictureOf(verdicts, output, style);
    const up = drawnLines === 0 ? "" : `\u001B[${drawnLines}A`;
    output.write(`${up}\r\u001B[J${lines.map((line) => `${line}\n`).join("")}`);
    drawnLines = lines.length;
  };
  const restore = (): void => output.write(SHOW_CURSOR);
  const interrupt = (signal: NodeJS.Signals): void => {
    restore();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  output.write(HIDE_CURSOR);
  process.once("exit", restore).once("SIGINT", interrupt).once("SIGTERM", interrupt);
  return {
    show(name, verdict) {
      verdicts.set(name, verdict);
      timer ??= setTimeout(draw, REDRAW_MS);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      clearTimeout(timer);
      draw();
      process.off("exit", restore).off("SIGINT", interrupt).off("SIGTERM", interrupt);
      restore();
    },
  };
}

/** As many lines as the screen has room for, those still waited for first. */
function pictureOf(
  verdicts: ReadonlyMap<string, Verdict>,
  { columns, rows }: ProgressOutput,
  style: Style,
): string[] {
  const entries = [...verdicts];
  const met = entries.filter(([, { state }]) => state === "met").length;
  const room = Math.max(1, rows - 2);
  const open = entries.filter(([, { state }]) => state !== "met");
  const shown = entries.length <= room ? entries : open.slice(0, room - 1);
  const lines = shown.map(([name, verdict]) => lineOf(name, verdict, { style, width: columns }));
  return entries.length <= room ? lines : [...lines, `${met} of ${entries.length} done`];
}

function lineOf(
  name: string,
  { state, message }: Verdict,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const text = sanitise(message).slice(0, Math.max(0, width - name.length - 4));
  if (state === "met") return `${name} ${style("green", text)}`;
  return `${name} ${style(state === "failed" ? "red" : "yellow", text)}`;
}
