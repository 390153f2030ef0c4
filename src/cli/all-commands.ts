import Annotate from "./commands/annotate.ts";
import ApiResources from "./commands/api-resources.ts";
import ApiVersions from "./commands/api-versions.ts";
import Apply from "./commands/apply.ts";
import Completion from "./commands/completion.ts";
import Create from "./commands/create.ts";
import DaemonStart from "./commands/daemon/start.ts";
import DaemonStatus from "./commands/daemon/status.ts";
import DaemonStop from "./commands/daemon/stop.ts";
import Delete from "./commands/delete.ts";
import Describe from "./commands/describe.ts";
import Diff from "./commands/diff.ts";
import Edit from "./commands/edit.ts";
import Events from "./commands/events.ts";
import Explain from "./commands/explain.ts";
import Get from "./commands/get.ts";
import Kubeconfig from "./commands/kubeconfig.ts";
import Label from "./commands/label.ts";
import Logs from "./commands/logs.ts";
import Patch from "./commands/patch.ts";
import PluginDisable from "./commands/plugin/disable.ts";
import PluginEnable from "./commands/plugin/enable.ts";
import PluginHealth from "./commands/plugin/health.ts";
import PluginInfo from "./commands/plugin/info.ts";
import PluginInstall from "./commands/plugin/install.ts";
import PluginList from "./commands/plugin/list.ts";
import PluginStart from "./commands/plugin/start.ts";
import PluginStop from "./commands/plugin/stop.ts";
import PluginUninstall from "./commands/plugin/uninstall.ts";
import Replace from "./commands/replace.ts";
import RolloutHistory from "./commands/rollout/history.ts";
import RolloutRestart from "./commands/rollout/restart.ts";
import RolloutStatus from "./commands/rollout/status.ts";
import RolloutUndo from "./commands/rollout/undo.ts";
import Scale from "./commands/scale.ts";
import Serve from "./commands/serve.ts";
import Status from "./commands/status.ts";
import TokenCreate from "./commands/token/create.ts";
import TokenList from "./commands/token/list.ts";
import TokenRevoke from "./commands/token/revoke.ts";
import Validate from "./commands/validate.ts";
import Version from "./commands/version.ts";
import Wait from "./commands/wait.ts";
import Why from "./commands/why.ts";

/** What oclif's help reads; the ids are those of command-table.ts. */
export const COMMANDS = {
  annotate: Annotate,
  "api-resources": ApiResources,
  "api-versions": ApiVersions,
  apply: Apply,
  completion: Completion,
  create: Create,
  "daemon:start": DaemonStart,
  "daemon:status": DaemonStatus,
  "daemon:stop": DaemonStop,
  delete: Delete,
  describe: Describe,
  diff: Diff,
  edit: Edit,
  events: Events,
  explain: Explain,
  get: Get,
  kubeconfig: Kubeconfig,
  label: Label,
  logs: Logs,
  patch: Patch,
  "plugin:disable": PluginDisable,
  "plugin:enable": PluginEnable,
  "plugin:health": PluginHealth,
  "plugin:info": PluginInfo,
  "plugin:install": PluginInstall,
  "plugin:list": PluginList,
  "plugin:start": PluginStart,
  "plugin:stop": PluginStop,
  "plugin:uninstall": PluginUninstall,
  replace: Replace,
  "rollout:history": RolloutHistory,
  "rollout:restart": RolloutRestart,
  "rollout:status": RolloutStatus,
  "rollout:undo": RolloutUndo,
  scale: Scale,
  serve: Serve,
  status: Status,
  "token:create": TokenCreate,
  "token:list": TokenList,
  "token:revoke": TokenRevoke,
  validate: Validate,
  version: Version,
  wait: Wait,
  why: Why,
};
