import { string } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { BaseCommand, namespaceFlag } from "../base-command.ts";
import { nameOf, reportChange, requireSome } from "../change/change-objects.ts";
import { editObject } from "../edit/edit-object.ts";
import { openEditedFile } from "../edit/run-editor.ts";
import { outputFlag } from "../flags.ts";
import { selectAddresses } from "../objects/select.ts";

export default class Edit extends BaseCommand {
  static override summary = "Edit objects in your editor: KUBE_EDITOR, EDITOR, or vi.";
  static override usage = "edit TYPE/NAME...|TYPE NAME...";
  static override strict = false;
  static override flags = {
    ...namespaceFlag,
    "field-manager": string({ hidden: true, description: "Taken for kubectl's sake." }),
    output: outputFlag(["text", "name", "json", "yaml"]),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Edit);
    const { namespace, output } = flags;
    await this.withClient("ifStateExists", async (client) => {
      const words = argv.map(String);
      const selection = { words, namespace, selector: undefined, isAll: false };
      for (const address of requireSome(await selectAddresses(client, selection)))
        await this.edit(client, address, output);
    });
  }

  private async edit(
    client: ApiClient,
    address: ObjectAddress,
    output: "text" | "name" | "json" | "yaml",
  ): Promise<void> {
    const file = openEditedFile(`${address.resource.singular}-${address.name}`, process.env);
    const outcome = await editObject(client, address, file).catch((thrown: unknown) => {
      file.remove();
      throw thrown;
    });
    if (outcome.type === "cancelled") {
      throw new PortunixError(
        "ManifestInvalid",
        `${nameOf(address)}: Edit cancelled, ${outcome.why}\nA copy of your changes is in ${file.path}`,
      );
    }
    file.remove();
    if (outcome.type === "unchanged") {
      this.say("Edit cancelled, no changes made.");
      return;
    }
    const print = (text: string) => this.print(text);
    await reportChange(address, outcome.object, { word: "edited", output, dryRun: "none", print });
  }
}
