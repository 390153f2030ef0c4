#!/usr/bin/env node
// Starts the CLI. The code that V8 compiled at build time lies beside each bundle; a Node with
// another V8 compiles afresh, and from Node 22.1 on keeps a cache of its own.
"use strict";

const { existsSync, readFileSync } = require("node:fs");
const nodeModule = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { Script } = require("node:vm");

const CLI = join(__dirname, "..", "cli");

function load(file) {
  const filename = join(CLI, file);
  const cachedData = readOrUndefined(`${filename}.${process.versions.v8}.cache`);
  if (cachedData === undefined) return loadUncached(filename);
  const script = new Script(nodeModule.wrap(readFileSync(filename, "utf8")), {
    filename,
    cachedData,
  });
  const loaded = { exports: {} };
  const outer = nodeModule.createRequire(filename);
  const inner = (id) => (id.startsWith("./") ? load(id) : outer(id));
  script.runInThisContext()(loaded.exports, Object.assign(inner, outer), loaded, filename, CLI);
  return loaded.exports;
}

function loadUncached(filename) {
  const home = process.env.PORTUNIX_HOME || join(homedir(), ".portunix");
  // Not in the temporary directory, where another user could have put code before us.
  if (existsSync(home)) nodeModule.enableCompileCache?.(join(home, "cache"));
  return require(filename);
}

function readOrUndefined(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

load("portunix.cjs")
  .main(process.argv.slice(2))
  .catch((error) => {
    process.stderr.write(`Error: ${error?.stack ?? error}\n`);
    process.exitCode = 70;
  });
