import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PortunixError } from "../../base/errors.ts";

/** The user's text in a file that only the user can read. The caller ends it. */
export interface EditedFile {
  readonly path: string;
  write(text: string): void;
  /** Lets the user edit it, and gives what it says then. */
  edit(): Promise<string>;
  remove(): void;
}

/** @param environment - `KUBE_EDITOR` or `EDITOR` names the editor; `vi` where neither does. */
export function openEditedFile(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): EditedFile {
  const directory = mkdtempSync(join(tmpdir(), "portunix-edit-"));
  chmodSync(directory, 0o700);
  const path = join(directory, `${name}.yaml`);
  return {
    path,
    write: (text) => writeFileSync(path, text, { mode: 0o600 }),
    async edit() {
      await runEditor(environment["KUBE_EDITOR"] || environment["EDITOR"] || "vi", path);
      return readFileSync(path, "utf8");
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** An editor with its arguments, as in `code --wait`. No shell is involved. */
async function runEditor(command: string, path: string): Promise<void> {
  const [program = "vi", ...args] = command.split(/\s+/).filter((word) => word !== "");
  const outcome = await new Promise<string>((resolve) => {
    const child = spawn(program, [...args, path], { stdio: "inherit" });
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(code === 0 ? "" : `exit ${code ?? signal}`));
  });
  if (outcome === "") return;
  throw new PortunixError(
    "BadRequest",
    `the editor "${command}" failed: ${outcome}; set EDITOR to another one. Nothing was changed`,
  );
}
