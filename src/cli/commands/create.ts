import type { ApiClient } from "../../client/api-client.ts";
import { WriteCommand } from "../change/write-command.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";

export default class Create extends WriteCommand {
  static override summary = "Make new objects from manifests; what is there already is an error.";
  static override usage = "create -f FILE|DIRECTORY|-...";
  protected override readonly done = "created";

  protected override send(client: ApiClient, local: LocalObject, options: { dryRun: boolean }) {
    return client.create(local, local.object, options);
  }
}
