import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeObject } from "../../../../src/apiserver/protobuf/decode-object.ts";
import { PortunixError } from "../../../../src/base/errors.ts";
import { bool, bytes, envelope, fixed32, int, join, text } from "./encode.ts";

/** What kubectl 1.32 sends for `create secret generic s1 --from-literal=p=q`. */
const KUBECTL_SECRET = Buffer.from(
  "6b3873000a0c0a027631120653656372657412" +
    "1e0a120a02733112001a0022002a00320038004200" +
    "12060a0170120171" +
    "1a001a002200",
  "hex",
);

const meta = (name: string): Buffer => bytes(1, text(1, name));

describe("an object as protobuf", () => {
  test("is read as kubectl sends it", () => {
    expect(decodeObject(KUBECTL_SECRET)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s1" },
      data: { p: "cQ==" },
    });
  });

  test("has all fields of its metadata", () => {
    const owner = join(
      text(1, "Plugin"),
      text(3, "o"),
      text(4, "u"),
      text(5, "a/v1"),
      bool(6, true),
    );
    const metadata = join(
      text(1, "n"),
      text(2, "g-"),
      text(3, "ns"),
      text(5, "uid"),
      text(6, "7"),
      int(7, 3n),
      bytes(8, int(1, 1_767_225_600n)),
      int(10, 5n),
      bytes(11, text(1, "tier"), text(2, "")),
      bytes(12, text(1, "a"), text(2, "b")),
      bytes(13, owner),
      text(14, "f1"),
      text(14, "f2"),
      bytes(17, text(1, "manager")),
    );
    expect(decodeObject(envelope("v1", "Namespace", bytes(1, metadata)))).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "n",
        generateName: "g-",
        namespace: "ns",
        uid: "uid",
        resourceVersion: "7",
        generation: 3,
        creationTimestamp: "2026-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 5,
        labels: { tier: "" },
        annotations: { a: "b" },
        ownerReferences: [
          { kind: "Plugin", name: "o", uid: "u", apiVersion: "a/v1", controller: true },
        ],
        finalizers: ["f1", "f2"],
      },
    });
  });

  test.each([
    [
      envelope(
        "v1",
        "ConfigMap",
        meta("c"),
        bytes(2, text(1, "k"), text(2, "v")),
        bytes(3, text(1, "b"), bytes(2, Buffer.from([0, 255]))),
        bool(4, false),
      ),
      { data: { k: "v" }, binaryData: { b: "AP8=" }, immutable: false },
    ],
    [
      envelope("v1", "Secret", meta("c"), text(3, "Opaque"), bytes(4, text(1, "k"), text(2, "v"))),
      { type: "Opaque", stringData: { k: "v" } },
    ],
    [
      envelope(
        "v1",
        "Event",
        meta("c"),
        bytes(2, text(1, "Plugin"), text(3, "x")),
        text(3, "Why"),
        text(4, "because"),
        bytes(5, text(1, "me")),
        bytes(6, int(1, 1n)),
        int(8, 4n),
        text(9, "Normal"),
        bytes(10, int(1, 1n), int(2, 5_000n)),
      ),
      {
        involvedObject: { kind: "Plugin", name: "x" },
        reason: "Why",
        message: "because",
        source: { component: "me" },
        firstTimestamp: "1970-01-01T00:00:01Z",
        count: 4,
        type: "Normal",
        eventTime: "1970-01-01T00:00:01.000005Z",
      },
    ],
    [
      envelope(
        "coordination.k8s.io/v1",
        "Lease",
        meta("c"),
        bytes(2, text(1, ""), int(2, 15n), bytes(4, int(1, 1n)), int(5, 0n)),
      ),
      {
        spec: {
          holderIdentity: "",
          leaseDurationSeconds: 15,
          renewTime: "1970-01-01T00:00:01.000000Z",
          leaseTransitions: 0,
        },
      },
    ],
    [
      envelope(
        "authorization.k8s.io/v1",
        "SelfSubjectAccessReview",
        meta("c"),
        bytes(2, bytes(1, text(1, "ns"), text(2, "get"), text(5, "pods"))),
      ),
      { spec: { resourceAttributes: { namespace: "ns", verb: "get", resource: "pods" } } },
    ],
    [
      envelope(
        "authorization.k8s.io/v1",
        "SubjectAccessReview",
        meta("c"),
        bytes(2, bytes(2, text(1, "/x"), text(2, "get")), text(3, "me"), text(4, "g")),
      ),
      { spec: { nonResourceAttributes: { path: "/x", verb: "get" }, user: "me", groups: ["g"] } },
    ],
    [
      envelope(
        "authorization.k8s.io/v1",
        "SelfSubjectRulesReview",
        meta("c"),
        bytes(2, text(1, "ns")),
      ),
      { spec: { namespace: "ns" } },
    ],
  ])("of each kind: %#", (body, expected) => {
    expect(decodeObject(body)).toMatchObject({ metadata: { name: "c" }, ...expected });
  });

  test("may be DeleteOptions, whose empty preconditions still count", () => {
    const body = envelope(
      "v1",
      "DeleteOptions",
      int(1, 0n),
      bytes(2, text(1, ""), text(2, "9")),
      bool(3, false),
      text(4, "Orphan"),
      text(5, "All"),
    );
    expect(decodeObject(body)).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      preconditions: { uid: "", resourceVersion: "9" },
      orphanDependents: false,
      propagationPolicy: "Orphan",
      dryRun: ["All"],
    });
  });

  test("passes over fields it does not know, of every wire type", () => {
    const unknown = join(int(90, 5n), bytes(91, text(1, "x")), fixed32(92));
    expect(decodeObject(envelope("v1", "Namespace", unknown, meta("n"), unknown))).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n" },
    });
  });

  test("takes dangerous names for names", () => {
    const body = envelope("v1", "ConfigMap", bytes(2, text(1, "__proto__"), text(2, "v")));
    const { data } = decodeObject(body) as { data: object };
    expect(Object.keys(data)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });
});

describe("a body that is no such object", () => {
  test.each([
    ["is empty", Buffer.alloc(0)],
    ["has no envelope", Buffer.from('{"kind":"Secret"}')],
    ["ends within a number", join(magic(), Buffer.from([0x0a, 0x80]))],
    ["ends within a field", KUBECTL_SECRET.subarray(0, 40)],
    [
      "has a field longer than all",
      join(magic(), Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x7f])),
    ],
    ["has an endless number", join(magic(), Buffer.alloc(32, 0xff))],
    ["has field 0", join(magic(), Buffer.from([0x00, 0x00]))],
    ["has a group", join(magic(), Buffer.from([0x0b, 0x0c]))],
    [
      "has a text that is not UTF-8",
      envelope("v1", "Namespace", bytes(1, bytes(1, Buffer.from([0xff])))),
    ],
    ["has a number for a text", envelope("v1", "Namespace", int(1, 5n))],
    ["has a text for a number", envelope("v1", "Event", text(8, "many"))],
    ["has a number too large", envelope("v1", "Event", int(8, 2n ** 60n))],
    ["has a time out of range", envelope("v1", "Event", bytes(6, int(1, 2n ** 52n)))],
    ["has too many nanoseconds", envelope("v1", "Event", bytes(6, int(2, 1_000_000_000n)))],
  ])("%s: BadRequest", (_, body) => {
    expect(() => decodeObject(body)).toThrow(/not valid protobuf/);
  });

  test.each([
    ["v1", "Pod"],
    ["apps/v1", "Secret"],
    ["", ""],
    ["v1", "constructor"],
  ])("is %s %s: UnsupportedMediaType", (apiVersion, kind) => {
    expect(() => decodeObject(envelope(apiVersion, kind, meta("x")))).toThrow(
      expect.objectContaining({ code: "UnsupportedMediaType" }) as Error,
    );
  });

  test("is compressed: UnsupportedMediaType", () => {
    const body = join(envelope("v1", "Secret", meta("x")), text(3, "gzip"));
    expect(() => decodeObject(body)).toThrow(
      expect.objectContaining({ code: "UnsupportedMediaType" }) as Error,
    );
  });

  test("never does more than be refused, whatever it is", () => {
    const seeds = [KUBECTL_SECRET, envelope("v1", "Event", meta("e"), bytes(10, int(1, 1n)))];
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(90),
      )
      .map(([seed, changes, length]) => {
        const copy = Buffer.from(seed);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy.subarray(0, Math.max(4, length));
      });
    const random = fc
      .uint8Array({ maxLength: 200 })
      .map((rest) => join(magic(), Buffer.from(rest)));
    fc.assert(
      fc.property(fc.oneof(mutated, random), (body) => {
        try {
          expect(decodeObject(body)).toHaveProperty("kind");
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PortunixError);
          expect(["BadRequest", "UnsupportedMediaType"]).toContain((thrown as PortunixError).code);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function magic(): Buffer {
  return Buffer.from("k8s\0", "latin1");
}
