import type { Config } from "@oclif/core/config";

export interface CommandModule {
  readonly default: { invoke(argv: readonly string[], config: Config): Promise<void> };
}

/** Every command by its id, with its module loaded only when it is called for. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  annotate: () => import("./commands/annotate.ts"),
  "api-resources": () => import("./commands/api-resources.ts"),
  "api-versions": () => import("./commands/api-versions.ts"),
  apply: () => import("./commands/apply.ts"),
  completion: () => import("./commands/completion.ts"),
  create: () => import("./commands/create.ts"),
  "daemon:start": () => import("./commands/daemon/start.ts"),
  "daemon:status": () => import("./commands/daemon/status.ts"),
  "daemon:stop": () => import("./commands/daemon/stop.ts"),
  delete: () => import("./commands/delete.ts"),
  describe: () => import("./commands/describe.ts"),
  diff: () => import("./commands/diff.ts"),
  edit: () => import("./commands/edit.ts"),
  events: () => import("./commands/events.ts"),
  explain: () => import("./commands/explain.ts"),
  get: () => import("./commands/get.ts"),
  kubeconfig: () => import("./commands/kubeconfig.ts"),
  label: () => import("./commands/label.ts"),
  logs: () => import("./commands/logs.ts"),
  patch: () => import("./commands/patch.ts"),
  "plugin:disable": () => import("./commands/plugin/disable.ts"),
  "plugin:enable": () => import("./commands/plugin/enable.ts"),
  "plugin:health": () => import("./commands/plugin/health.ts"),
  "plugin:info": () => import("./commands/plugin/info.ts"),
  "plugin:install": () => import("./commands/plugin/install.ts"),
  "plugin:list": () => import("./commands/plugin/list.ts"),
  "plugin:start": () => import("./commands/plugin/start.ts"),
  "plugin:stop": () => import("./commands/plugin/stop.ts"),
  "plugin:uninstall": () => import("./commands/plugin/uninstall.ts"),
  replace: () => import("./commands/replace.ts"),
  "rollout:history": () => import("./commands/rollout/history.ts"),
  "rollout:restart": () => import("./commands/rollout/restart.ts"),
  "rollout:status": () => import("./commands/rollout/status.ts"),
  "rollout:undo": () => import("./commands/rollout/undo.ts"),
  scale: () => import("./commands/scale.ts"),
  serve: () => import("./commands/serve.ts"),
  status: () => import("./commands/status.ts"),
  "token:create": () => import("./commands/token/create.ts"),
  "token:list": () => import("./commands/token/list.ts"),
  "token:revoke": () => import("./commands/token/revoke.ts"),
  validate: () => import("./commands/validate.ts"),
  version: () => import("./commands/version.ts"),
  wait: () => import("./commands/wait.ts"),
  why: () => import("./commands/why.ts"),
};

export interface FoundCommand {
  readonly id: string;
  readonly rest: readonly string[];
}

/** The command that the leading words name, the longest that fits; undefined for none. */
export function findCommand(argv: readonly string[]): FoundCommand | undefined {
  const [first, second] = argv;
  if (first === undefined) return undefined;
  if (second !== undefined && Object.hasOwn(COMMANDS, `${first}:${second}`)) {
    return { id: `${first}:${second}`, rest: argv.slice(2) };
  }
  return Object.hasOwn(COMMANDS, first) ? { id: first, rest: argv.slice(1) } : undefined;
}
