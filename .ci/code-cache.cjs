// Called by build.mjs: runs a few commands against a stand-in for the daemon, so that V8 compiles
// what they use, and writes that code beside each bundle of the directory given.
"use strict";

const { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { createServer } = require("node:http");
const nodeModule = require("node:module");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Script } = require("node:vm");

const [, , directory, finalDirectory] = process.argv;
const scripts = new Map();

function load(file) {
  const filename = join(directory, file);
  const script = new Script(nodeModule.wrap(readFileSync(filename, "utf8")), {
    filename: join(finalDirectory, file),
  });
  scripts.set(filename, script);
  const loaded = { exports: {} };
  const outer = nodeModule.createRequire(filename);
  const inner = (id) => (id.startsWith("./") ? load(id) : outer(id));
  script.runInThisContext()(loaded.exports, Object.assign(inner, outer), loaded, filename, directory);
  return loaded.exports;
}

const columns = ["Name", "Ready", "Status", "Age"].map((name) => ({ name, type: "string", priority: 0 }));
const metadata = { name: "a", namespace: "default", uid: "1", resourceVersion: "1", generation: 1 };
const plugin = { apiVersion: "portunix.ai/v1alpha1", kind: "Plugin", metadata, spec: {} };
const table = {
  kind: "Table",
  metadata: { resourceVersion: "1" },
  columnDefinitions: columns,
  rows: [{ cells: ["a", "1/1", "Running", "5s"], object: { metadata } }],
};

function answer(request, reply) {
  const isTable = String(request.headers.accept).includes("as=Table");
  const isOne = /plugins\/./.test(request.url);
  request.resume();
  reply.setHeader("content-type", "application/json");
  reply.end(JSON.stringify(isTable ? table : isOne || request.method !== "GET" ? plugin : { metadata, items: [plugin], manifests: [] }));
}

async function warmUp() {
  const home = mkdtempSync(join(tmpdir(), "ptx-"));
  process.env.PORTUNIX_HOME = home;
  mkdirSync(join(home, "run"));
  writeFileSync(join(home, "a.yaml"), JSON.stringify({ ...plugin, metadata: { name: "a" }, spec: { source: { path: "." } } }));
  const server = createServer(answer);
  await new Promise((done) => server.listen(join(home, "run", "api.sock"), done));
  const { main } = load("portunix.cjs");
  await main(["get", "plugins"]);
  await main(["get", "plugin", "a", "-o", "yaml"]);
  await main(["apply", "-f", join(home, "a.yaml")]);
  server.closeAllConnections();
  server.close();
  rmSync(home, { recursive: true, force: true });
}

warmUp().then(() => {
  for (const [filename, script] of scripts) {
    writeFileSync(`${filename}.${process.versions.v8}.cache`, script.createCachedData());
  }
  process.exitCode = 0;
});
