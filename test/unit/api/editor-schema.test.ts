import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { editorSchema } from "../../../src/api/editor-schema.ts";
import committed from "../../../src/api/schema/plugin.schema.json" with { type: "json" };
import { pluginInput } from "./objects.ts";

test("the committed schema for editors is the one that the code makes", () => {
  expect(committed).toEqual(editorSchema());
});

test("an editor accepts a Plugin, and marks a misspelt field", () => {
  const validate = new Ajv({ strict: true }).compile(editorSchema());
  expect(validate(pluginInput({ version: "1", config: { any: 1 } }))).toBe(true);
  expect(validate(pluginInput({ replcas: 1 }))).toBe(false);
  expect(validate(pluginInput({}, { name: "Upper" }))).toBe(false);
});
