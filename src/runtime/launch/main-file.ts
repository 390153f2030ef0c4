import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { PortunixError, errnoOf } from "../../base/errors.ts";
import { interpreter } from "./command-line.ts";
import type { LaunchRequest } from "../instance.ts";

type MainOf = Pick<LaunchRequest, "packageDir" | "packageName" | "packageVersion" | "runtime">;

/**
 * The file that `runtime.main` names, links resolved.
 *
 * @throws {PortunixError} LaunchFailed: it is missing, no file, outside of the package, or cannot be run.
 */
export async function resolveMain(request: MainOf): Promise<string> {
  const { runtime } = request;
  const named = `${runtime.main} of package ${request.packageName} ${request.packageVersion}`;
  const directory = await realpath(request.packageDir).catch((thrown: unknown) => {
    throw failed(`the package directory ${request.packageDir} cannot be read`, thrown);
  });
  const main = await realpath(join(directory, runtime.main)).catch((thrown: unknown) => {
    throw missing(named, join(directory, runtime.main), thrown);
  });
  if (!main.startsWith(directory + sep)) {
    throw failed(
      `${named} leads out of the package, to ${main}; put the program itself into the package`,
    );
  }
  if (!(await stat(main)).isFile()) {
    throw failed(`${named} is not a file (${main}); name the program in runtime.main`);
  }
  const isProgram = interpreter(runtime, { main, nodePath: "" })[0] === main;
  await access(main, isProgram ? constants.X_OK : constants.R_OK).catch((thrown: unknown) => {
    throw failed(
      isProgram
        ? `${named} is not executable; in its source run: chmod +x ${runtime.main}`
        : `${named} cannot be read; in its source run: chmod +r ${runtime.main}`,
      thrown,
    );
  });
  return main;
}

function missing(named: string, path: string, thrown: unknown): PortunixError {
  if (errnoOf(thrown) !== "ENOENT") return failed(`${named} cannot be read (${path})`, thrown);
  return failed(
    `${named} does not exist (${path}); build the package, or correct runtime.main in plugin.yaml, and install it again`,
    thrown,
  );
}

function failed(message: string, cause?: unknown): PortunixError {
  return new PortunixError("LaunchFailed", message, { cause });
}
