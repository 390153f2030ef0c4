import type { InstanceRecord } from "./instance-record.ts";
import type { ProcessIdentity, ProcessTable } from "./process-table.ts";

/**
 * The living process that `record` is about: the recorded one if it is still the same, or, when
 * the daemon died between launch and record, the oldest that carries the nonce.
 */
export async function findLeader(
  table: ProcessTable,
  { process: recorded, nonce, instance }: InstanceRecord,
): Promise<ProcessIdentity | undefined> {
  if (recorded !== undefined) {
    const isSame =
      table.isAlive(recorded) && table.carries(recorded.pid, nonce, instance.id) !== false;
    return isSame ? recorded : undefined;
  }
  const found = (await table.scanNonces()).get(nonce) ?? [];
  return found.toSorted((a, b) => a.startTime - b.startTime || a.pid - b.pid)[0];
}
