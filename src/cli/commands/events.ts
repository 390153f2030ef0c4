import { boolean, string } from "@oclif/core/flags";
import type { ApiClient, ListOptions } from "../../client/api-client.ts";
import { EVENTS } from "../../client/resources.ts";
import { watchObjects } from "../../client/watch.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { byTime, EVENT_HEADER, eventRow, eventsAbout } from "../events/event-rows.ts";
import { parseNamed } from "../objects/targets.ts";
import { tableText } from "../output/table-text.ts";

export default class Events extends BaseCommand {
  static override summary = "Show what has happened, oldest first.";
  static override flags = {
    ...namespaceFlag,
    "all-namespaces": boolean({ char: "A", description: "Of all namespaces." }),
    for: string({ description: "Only about this object.", helpValue: "TYPE/NAME|PLUGIN" }),
    watch: boolean({ char: "w", description: "Go on with what happens." }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Events);
    const options = {
      namespace: flags["all-namespaces"] ? undefined : flags.namespace,
      fieldSelector: flags.for === undefined ? undefined : selectorOf(flags.for),
    };
    await this.withClient("ifStateExists", (client) =>
      flags.watch ? this.watch(client, options) : this.list(client, options),
    );
  }

  private async list(client: ApiClient, options: ListOptions): Promise<void> {
    const { items } = await client.list(EVENTS, options);
    if (items.length === 0) {
      this.say("No events found.");
      return;
    }
    const rows = byTime(items).map((event) => eventRow(event, Date.now()));
    this.print(tableText([EVENT_HEADER, ...rows], { width: this.width }));
  }

  private async watch(client: ApiClient, options: ListOptions): Promise<void> {
    const { signal } = new AbortController();
    const widths = [9, 7, 20, 28, 5];
    const pad = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0));
    this.print(tableText([pad(EVENT_HEADER)]));
    for await (const { type, item } of watchObjects(client, EVENTS, { ...options, signal })) {
      if (type !== "DELETED") this.print(tableText([pad(eventRow(item, Date.now()))]));
    }
  }
}

function selectorOf(text: string): string {
  const [named] = parseNamed(text.includes("/") ? [text] : ["plugin", text]);
  return named === undefined ? "" : eventsAbout(named.resource.kind, named.name);
}
