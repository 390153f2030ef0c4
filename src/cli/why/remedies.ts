import type { StoredObject } from "../../api/meta.ts";

/** The command that would help with a blocker of this reason; undefined where time does. */
export function remedyFor(reason: string, name: string, plugin: StoredObject): string | undefined {
  const { namespace = "default" } = plugin.metadata;
  const scope = namespace === "default" ? "" : ` -n ${namespace}`;
  const source = sourceOf(plugin);
  switch (reason) {
    case "PackageNotFound":
      return `ls ${source}   # then mend spec.source.path, and: portunix apply -f FILE`;
    case "PackageInvalid":
      return `portunix validate -f ${source}/plugin.yaml`;
    case "VersionMismatch":
      return `portunix plugin info ${name}${scope}   # then change spec.version or the package`;
    case "ConfigInvalid":
    case "PermissionDenied":
    case "DependencyCycle":
      return `portunix apply -f FILE   # with what the message asks for; the spec as it is: portunix get plugin ${name}${scope} -o yaml`;
    case "Starting":
      return `portunix logs ${name}${scope} --tail 50   # it must serve gRPC where PORTUNIX_PLUGIN_ADDRESS says`;
    case "CrashLoopBackOff":
    case "ProgressDeadlineExceeded":
    case "LaunchFailed":
    case "Unhealthy":
    case "NotReady":
    case "ReadinessProbeFailed":
      return `portunix logs ${name}${scope} --tail 50`;
    case "Suspended":
      return `portunix apply -f FILE   # with spec.suspend: false`;
    case "DependencyMissing":
      return `portunix get plugins${scope}   # then apply the plugin that is missing`;
    case "StorageFailed":
      return "ls -ld ${PORTUNIX_HOME:-~/.portunix}   # the daemon's user must be able to write there";
    case "StorageFull":
      return "df -h   # then make room";
    default:
      return undefined;
  }
}

function sourceOf({ spec }: StoredObject): string {
  const path = (spec as { readonly source?: { readonly path?: unknown } } | undefined)?.source
    ?.path;
  return typeof path === "string" ? path : "PATH";
}
