import type { ApiContext } from "./api-context.ts";
import type { Exchange } from "./exchange.ts";
import { isTrue } from "./query.ts";
import { sendJson, sendReply } from "./send.ts";
import { methodNotAllowed, noSuchPath } from "./status-error.ts";

/** The Kubernetes release whose conventions are kept; clients read their features from it. */
const KUBERNETES_MAJOR = "1";
const KUBERNETES_MINOR = "32";

/** Answers what is about the server itself: its version, its health, the daemon. */
export async function answerMeta(exchange: Exchange, context: ApiContext): Promise<void> {
  const { path, request, response } = exchange;
  const target = path.segments.join("/");
  if (target === REFRESH) return refresh(exchange, context);
  const answer = target === "livez/ping" ? answers["livez"] : own(answers, target);
  if (answer === undefined) throw noSuchPath();
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  const value = answer(context);
  if (typeof value !== "string") return sendJson(response, 200, value);
  sendReply(response, 200, { contentType: "text/plain; charset=utf-8", value });
}

/** With `?wait=true` the answer comes once everything has been looked at. */
const REFRESH = "portunix/v1/refresh";

async function refresh({ path, request, response }: Exchange, context: ApiContext): Promise<void> {
  if (request.method !== "POST") throw methodNotAllowed();
  const done = context.refresh?.();
  if (isTrue(path.query, "wait")) await done;
  else done?.catch(() => {});
  sendJson(response, 202, {});
}

type Answer = (context: ApiContext) => unknown;

const ok: Answer = () => "ok";

const answers: Readonly<Record<string, Answer>> = {
  "": (context) => ({ paths: paths(context) }),
  version,
  healthz: ok,
  readyz: ok,
  livez: ok,
  "portunix/v1/daemon": ({ info }) => info(),
  "portunix/v1/status": ({ status }) => status?.() ?? {},
};

function own(table: typeof answers, name: string): Answer | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Semver with a leading v, which kubectl insists on. */
function version({ info }: ApiContext): object {
  const { arch, platform, version: nodeVersion } = process;
  return {
    major: KUBERNETES_MAJOR,
    minor: KUBERNETES_MINOR,
    gitVersion: `v${KUBERNETES_MAJOR}.${KUBERNETES_MINOR}.0+portunix-${info().version}`,
    gitCommit: "",
    gitTreeState: "",
    buildDate: "",
    goVersion: "",
    compiler: `node-${nodeVersion}`,
    platform: `${platform}/${arch}`,
  };
}

function paths({ definitions }: ApiContext): string[] {
  const groups = definitions.map(({ group, version: apiVersion }) =>
    group === "" ? `/api/${apiVersion}` : `/apis/${group}/${apiVersion}`,
  );
  const fixed = Object.keys(answers).filter((name) => name !== "");
  return ["/api", "/apis", ...new Set(groups), ...fixed.map((name) => `/${name}`)];
}
