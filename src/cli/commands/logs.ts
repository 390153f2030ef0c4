import { boolean, integer, string } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { type FollowLogOptions, followLog } from "../../client/follow-log.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { selectorFlag } from "../flags.ts";
import { type LogSource, sourceNamed, sourcesSelected } from "../logs/log-sources.ts";
import { prefixedLines } from "../logs/prefixed-lines.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";

/** kubectl's default where labels choose what to show. */
const SELECTED_TAIL = 10;

export default class Logs extends BaseCommand {
  static override summary = "Show what a plugin has printed.";
  static override usage = "logs NAME | TYPE/NAME | -l LABELS";
  static override strict = false;
  static override examples = [
    "<%= config.bin %> logs system-monitor -f",
    "<%= config.bin %> logs -l tier=core --prefix --since=5m",
  ];
  static override flags = {
    ...namespaceFlag,
    ...selectorFlag,
    container: string({ char: "c", hidden: true, description: "Taken for kubectl's sake." }),
    follow: boolean({ char: "f", description: "Go on with what is printed." }),
    instance: string({ description: "Of this instance, by id or number.", helpValue: "ID" }),
    "max-log-requests": integer({
      min: 1,
      default: 5,
      description: "How many logs may be followed at once.",
      helpValue: "COUNT",
    }),
    prefix: boolean({ description: "Say before each line whose it is." }),
    previous: boolean({ char: "p", description: "Of the instance before." }),
    since: string({
      description: "Only what is not older, such as 5m; of lines that say their time.",
      helpValue: "TIME",
    }),
    "since-time": string({ description: "Only what is not older.", helpValue: "RFC3339" }),
    tail: integer({
      min: -1,
      description: "Only so many last lines; -1: all. With -l it is 10 unless given.",
      helpValue: "LINES",
    }),
    timestamps: boolean({ description: "Put its time before each line that says one." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Logs);
    const { namespace, selector, instance, follow, previous, since, timestamps } = flags;
    if (selector !== undefined && argv.length > 0)
      throw new PortunixError("BadRequest", "give a name or -l, not both");
    const tail = flags.tail ?? (selector === undefined ? -1 : SELECTED_TAIL);
    const options = {
      follow,
      previous,
      timestamps,
      tailLines: tail === -1 ? undefined : tail,
      sinceSeconds: since === undefined ? undefined : Math.ceil(parseTimeout(since) / 1000),
      sinceTime: flags["since-time"],
    };
    await this.withClient("ifStateExists", async (client) => {
      const sources =
        selector === undefined
          ? [await sourceNamed(client, argv.map(String), { namespace, instance })]
          : await sourcesSelected(client, { namespace, selector });
      if (sources.length === 0) this.say(`No resources found in ${namespace} namespace.`);
      if (follow && sources.length > flags["max-log-requests"])
        throw new PortunixError(
          "BadRequest",
          `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags["max-log-requests"]}, use --max-log-requests to increase the limit`,
        );
      const show = (source: LogSource) => this.show(client, source, options, flags.prefix);
      if (follow) await Promise.all(sources.map(show));
      else for (const source of sources) await show(source);
    });
  }

  private async show(
    client: ApiClient,
    { address, instance, prefix }: LogSource,
    options: Omit<FollowLogOptions, "endsWithProcess">,
    isPrefixed: boolean,
  ): Promise<void> {
    const endsWithProcess = address.resource.kind === "Pod";
    const log = followLog(client, address, { ...options, instance, endsWithProcess });
    for await (const chunk of isPrefixed ? prefixedLines(log, prefix) : log) {
      if (!process.stdout.write(chunk)) {
        await new Promise((resolve) => process.stdout.once("drain", resolve));
      }
    }
  }
}
