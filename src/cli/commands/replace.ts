import type { ApiClient } from "../../client/api-client.ts";
import { WriteCommand } from "../change/write-command.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";

export default class Replace extends WriteCommand {
  static override summary = "Put the objects of manifests in the place of those that are there.";
  static override usage = "replace -f FILE|DIRECTORY|-...";
  protected override readonly done = "replaced";

  protected override send(client: ApiClient, local: LocalObject, options: { dryRun: boolean }) {
    return client.replace(local, local.object, options);
  }
}
