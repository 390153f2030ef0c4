import { canonicalJson } from "../base/canonical-json.ts";
import type { Logger } from "../base/logger.ts";
import { toKey } from "../api/key.ts";
import { PLUGIN_KIND } from "../api/plugin.ts";
import type { ObjectRef, StoredObject } from "../api/meta.ts";
import type { SourceSnapshot } from "../api/source-snapshot.ts";
import { refKey } from "../plan/source-ref.ts";
import type { PluginEvent } from "./ports.ts";
import type { PassResult } from "./source-pass.ts";
import type { SourceStore } from "./source-ports.ts";

/** A pass writes at most so many events; what is left out is in the problems and in `status`. */
const EVENTS_MAX = 200;

interface Finding {
  readonly ref: ObjectRef;
  readonly reason: string;
  readonly message: string;
}

/** Tells what passes over one source have found: problems, conflicts, events. Each event once, until it ends. */
export class SourceReport {
  readonly #sourceId: string;
  readonly #store: SourceStore;
  readonly #logger: Logger;
  #told = new Set<string>();
  #problems: string | undefined;
  #conflicts: string | undefined;
  #messages = "";

  constructor(sourceId: string, ports: { readonly store: SourceStore; readonly logger: Logger }) {
    this.#sourceId = sourceId;
    this.#store = ports.store;
    this.#logger = ports.logger;
  }

  publish(snapshot: SourceSnapshot, result: PassResult): void {
    this.#publishProblems(result);
    this.#log(snapshot, result);
    for (const object of result.deleted) this.#recordPruned(object);
    const told = new Set<string>();
    let budget = EVENTS_MAX;
    for (const finding of findings(this.#store, snapshot, result)) {
      const id = `${finding.reason} ${refKey(finding.ref)} ${finding.message}`;
      if (!this.#told.has(id) && budget > 0) {
        budget -= 1;
        this.#record("Warning", finding);
      }
      told.add(id);
    }
    this.#told = told;
  }

  #publishProblems({ problems, conflicts }: PassResult): void {
    const problemsText = canonicalJson(problems);
    if (problemsText !== this.#problems) this.#store.setProblems(this.#sourceId, problems);
    this.#problems = problemsText;
    const conflictsText = canonicalJson(conflicts);
    if (conflictsText !== this.#conflicts) this.#store.setConflicts(this.#sourceId, conflicts);
    this.#conflicts = conflictsText;
  }

  #log(snapshot: SourceSnapshot, { written, deleted, problems, messages }: PassResult): void {
    const fields = {
      source: this.#sourceId,
      files: snapshot.files,
      objects: snapshot.documents.length,
      written,
      deleted: deleted.length,
      problems: problems.length,
    };
    if (written > 0 || deleted.length > 0) this.#logger.info(fields, "source applied");
    const text = [snapshot.reason, ...messages].filter((message) => message !== "").join("\n");
    if (text !== "" && text !== this.#messages) {
      this.#logger.warn({ ...fields, detail: text }, "source not applied in full");
    }
    this.#messages = text;
  }

  #recordPruned({ apiVersion, kind, metadata }: StoredObject): void {
    const ref = { apiVersion, kind, namespace: metadata.namespace ?? "", name: metadata.name };
    const message = `deleted, since it is no longer in ${this.#sourceId}`;
    this.#record("Normal", { ref, reason: "Pruned", message }, metadata.uid);
  }

  #record(type: PluginEvent["type"], { ref, reason, message }: Finding, uid?: string): void {
    if (ref.kind !== PLUGIN_KIND) return;
    this.#store.recordEvent({
      key: toKey(ref.namespace, ref.name),
      uid: uid ?? this.#store.getObject(ref)?.metadata.uid ?? "",
      type,
      reason,
      message,
    });
  }
}

function* findings(
  store: SourceStore,
  snapshot: SourceSnapshot,
  { problems, conflicts, keeps }: PassResult,
): Generator<Finding> {
  for (const { ref, file, line, column, message } of problems) {
    if (ref === undefined) continue;
    yield { ref, reason: "SourceInvalid", message: `${file}:${line}:${column} ${message}` };
  }
  for (const { ref, message } of conflicts) yield { ref, reason: "OwnershipConflict", message };
  for (const { ref, reason, message } of keeps) {
    const isTold = reason !== "Unconfirmed" && reason !== "SourceInvalid";
    if (isTold && reason !== "SourceIncomplete") yield { ref, reason: "PruneBlocked", message };
  }
  if (snapshot.complete) return;
  const message = `${snapshot.sourceId} cannot be read, and nothing is deleted: ${snapshot.reason}`;
  for (const { ref } of store.inventory(snapshot.sourceId)) {
    yield { ref, reason: "SourceUnreadable", message };
  }
}
