export type StopReason =
  | "Deleted"
  | "NotDesired"
  | "ScaledDown"
  | "RevisionChanged"
  | "Unhealthy"
  | "Restarted"
  | "PermissionDenied";

/**
 * One effect that the executor may perform. Plain data: the same value is executed, shown by
 * `diff` and `why`, logged, counted and asserted in tests. Configuration and secrets are not in
 * it; the executor takes them from the object's launch specification.
 */
export type Action =
  | {
      readonly type: "install";
      readonly reason: "NotInstalled" | "PackageChanged";
      readonly version: string;
      readonly digest: string;
    }
  | { readonly type: "enable"; readonly reason: "Desired" }
  | { readonly type: "configure"; readonly reason: "NotConfigured" | "ConfigChanged" }
  | {
      readonly type: "start";
      readonly reason: "Desired" | "Restart";
      readonly ordinal: number;
      readonly revision: string;
    }
  | {
      readonly type: "stop";
      readonly reason: StopReason;
      readonly ordinal: number;
      readonly instanceId: string;
      readonly gracePeriodSeconds: number;
    }
  /** Clears the record of an instance that has ended, once its end is remembered. */
  | { readonly type: "forget"; readonly reason: "Exited"; readonly instanceId: string }
  | { readonly type: "disable"; readonly reason: "NotDesired" | "Deleted" }
  | { readonly type: "uninstall"; readonly reason: "Deleted" }
  /** Takes our finalizer off, so that the object may go. */
  | { readonly type: "finalize"; readonly reason: "Deleted" };

export type ActionType = Action["type"];
