import { StatusError } from "./status-error.ts";

/** In which of its shapes a client wants the answer. */
export interface Format {
  readonly as: "object" | "table" | "metadata";
  /** Of meta.k8s.io, for Table and PartialObjectMetadata. */
  readonly version: "v1" | "v1beta1";
}

/**
 * The first media type of an Accept header that is served here. Types that are not, such as
 * protobuf, are passed over; when none is left the request is NotAcceptable (406).
 */
export function negotiate(accept: string | undefined): Format {
  if (accept === undefined || accept.trim() === "") return PLAIN;
  for (const entry of mediaTypes(accept)) {
    const format = formatOf(entry);
    if (format !== undefined) return format;
  }
  throw new StatusError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io",
  );
}

/** One entry of an Accept header, in lower case. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Most wanted first (RFC 9110, 12.5.1). */
export function mediaTypes(accept: string): MediaType[] {
  return accept
    .split(",")
    .slice(0, 32)
    .map(parseMediaType)
    .filter((entry) => weight(entry) > 0)
    .toSorted((a, b) => weight(b) - weight(a));
}

export function parseMediaType(text: string): MediaType {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  const pairs = parameters.map((parameter): [string, string] => {
    const [name = "", value = ""] = parameter.split("=", 2);
    return [name.trim().toLowerCase(), value.trim().replaceAll('"', "")];
  });
  return { type: type.toLowerCase(), parameters: new Map(pairs) };
}

const PLAIN: Format = { as: "object", version: "v1" };
const SHAPES: Readonly<Record<string, Format["as"]>> = {
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata",
};

function formatOf({ type, parameters }: MediaType): Format | undefined {
  if (type === "*/*" || type === "application/*") return PLAIN;
  if (type !== "application/json") return undefined;
  const wanted = parameters.get("as");
  if (wanted === undefined) return PLAIN;
  const as = Object.hasOwn(SHAPES, wanted) ? SHAPES[wanted] : undefined;
  const version = parameters.get("v") ?? "v1";
  if (as === undefined || parameters.get("g") !== "meta.k8s.io") return undefined;
  return version === "v1" || version === "v1beta1" ? { as, version } : undefined;
}

function weight({ parameters }: MediaType): number {
  const quality = Number(parameters.get("q") ?? "1");
  return Number.isFinite(quality) ? quality : 0;
}
