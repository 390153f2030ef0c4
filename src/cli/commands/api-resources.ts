import { boolean, option, string } from "@oclif/core/flags";
import { apiVersionOfResource } from "../../client/resources.ts";
import type { ServedResource } from "../../client/discovery.ts";
import { BaseCommand } from "../base-command.ts";
import { outputFlag } from "../flags.ts";
import { tableText } from "../output/table-text.ts";

export default class ApiResources extends BaseCommand {
  static override summary = "List the kinds that the daemon serves.";
  static override flags = {
    "api-group": string({ description: "Only of this group.", helpValue: "GROUP" }),
    cached: boolean({ description: "From what is known, when it is not a minute old." }),
    categories: string({ description: "Only of this category.", helpValue: "CATEGORY" }),
    namespaced: boolean({
      allowNo: true,
      description: "Only kinds that live in namespaces; --namespaced=false: only the others.",
    }),
    "no-headers": boolean({ description: "Leave the header out." }),
    output: outputFlag(["table", "wide", "name", "json", "yaml"]),
    "sort-by": option({ options: ["name", "kind"] as const, description: "In this order." })(),
    verbs: string({ description: "Only kinds that know all these verbs.", helpValue: "VERBS" }),
  };

  async run(): Promise<void> {
    const argv = this.argv.map(
      (word) =>
        ({ "--namespaced=false": "--no-namespaced", "--namespaced=true": "--namespaced" })[word] ??
        word,
    );
    const { flags } = await this.parse(ApiResources, argv);
    const group = flags["api-group"];
    const verbs = flags.verbs?.split(",") ?? [];
    const served = await this.withClient("ifStateExists", (client) =>
      client.resources({ isFresh: !flags.cached }),
    );
    const chosen = served.filter(
      (one) =>
        (group === undefined || one.group === group) &&
        (flags.namespaced === undefined || one.namespaced === flags.namespaced) &&
        (flags.categories === undefined || one.categories.includes(flags.categories)) &&
        verbs.every((verb) => one.verbs.includes(verb)),
    );
    const keyOf = flags["sort-by"] === "kind" ? kindKey : groupKey;
    const sorted = chosen.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    await this.show(sorted, flags.output, !flags["no-headers"]);
  }

  private async show(
    resources: readonly ServedResource[],
    output: string,
    hasHeaders: boolean,
  ): Promise<void> {
    if (output === "name") {
      for (const resource of resources) this.print(`${qualified(resource)}\n`);
      return;
    }
    if (output === "json" || output === "yaml") {
      const { textOf } = await import("../output/object-text.ts");
      const value = { kind: "APIResourceList", apiVersion: "v1", resources };
      this.print(await textOf(value, output));
      return;
    }
    const isWide = output === "wide";
    const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
    const rows = resources.map((one) => [
      one.plural,
      one.shortNames.join(","),
      apiVersionOfResource(one),
      String(one.namespaced),
      one.kind,
      ...(isWide ? [one.verbs.join(","), one.categories.join(",")] : []),
    ]);
    const headers = hasHeaders ? [[...header, ...(isWide ? ["VERBS", "CATEGORIES"] : [])]] : [];
    this.print(tableText([...headers, ...rows], { width: this.width }));
  }
}

function qualified({ plural, group }: ServedResource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function kindKey({ kind, group }: ServedResource): string {
  return `${kind} ${group}`;
}

function groupKey({ group, plural }: ServedResource): string {
  return `${group} ${plural}`;
}
