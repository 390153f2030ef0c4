import type { JsonObject } from "../checked-json.ts";
import { unsupportedMediaType } from "../body.ts";
import { messageOf } from "./kinds.ts";
import { decodeMessage } from "./message.ts";
import { fields } from "./meta-messages.ts";
import { malformed, wireFields } from "./wire-reader.ts";

export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/**
 * Decodes an object from Kubernetes' envelope: `k8s\0`, and runtime.Unknown around the object.
 * Clients send built-in kinds so, and do not fall back to JSON when they are refused. Throws
 * BadRequest for what is no protobuf, UnsupportedMediaType for a kind without a table here.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
 */
export function decodeObject(bytes: Uint8Array): JsonObject {
  if (MAGIC.some((byte, index) => bytes[index] !== byte))
    throw malformed("it does not begin with the four bytes of Kubernetes' envelope");
  const { typeMeta, raw } = openEnvelope(bytes.subarray(MAGIC.length));
  const { apiVersion = "", kind = "" } = decodeMessage(typeMeta, TYPE_META);
  const message = messageOf(String(apiVersion), String(kind));
  if (message === undefined) throw unsupportedMediaType(["application/json"]);
  return { ...decodeMessage(raw, message), apiVersion, kind };
}

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const TYPE_META = fields("text", { apiVersion: 1, kind: 2 });
const NOTHING = new Uint8Array();

function openEnvelope(bytes: Uint8Array): {
  readonly typeMeta: Uint8Array;
  readonly raw: Uint8Array;
} {
  let typeMeta: Uint8Array = NOTHING;
  let raw: Uint8Array = NOTHING;
  for (const { number, type, value } of wireFields(bytes)) {
    if (type !== "bytes") continue;
    if (number === 1) typeMeta = value;
    if (number === 2) raw = value;
    if (number === 3 && value.length > 0) throw unsupportedMediaType(["application/json"]);
  }
  return { typeMeta, raw };
}
