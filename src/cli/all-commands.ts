import Apply from "./commands/apply.ts";
import Get from "./commands/get.ts";

/** What oclif's help reads; the ids are those of command-table.ts. */
export const COMMANDS = { apply: Apply, get: Get };
