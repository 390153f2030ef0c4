import { createHash } from "node:crypto";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { componentsOf } from "./components.ts";
import { pathsOf } from "./paths.ts";

/** One document, encoded, and the digest of it that clients keep it by. */
export interface OpenApiDocument {
  readonly json: string;
  readonly hash: string;
}

/**
 * The OpenAPI v3 documents of the kinds that are served, one for each group version, made when they
 * are first asked for and anew when the kinds change.
 *
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
export class OpenApi {
  readonly #version: string;
  #definitions: readonly ResourceDefinition[] | undefined;
  #documents = new Map<string, OpenApiDocument>();
  #index: OpenApiDocument | undefined;

  /** @param version - Of this program. */
  constructor(version: string) {
    this.#version = version;
  }

  /** Where each document is, with its hash. */
  index(definitions: readonly ResourceDefinition[]): OpenApiDocument {
    this.#renew(definitions);
    this.#index ??= encoded({
      paths: Object.fromEntries(
        groupPaths(definitions).map((path) => {
          const hash = this.document(definitions, path)?.hash ?? "";
          return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
        }),
      ),
    });
    return this.#index;
  }

  /** @param path - Such as `apis/portunix.ai/v1alpha1`. @returns undefined when nothing is served there. */
  document(definitions: readonly ResourceDefinition[], path: string): OpenApiDocument | undefined {
    this.#renew(definitions);
    const known = this.#documents.get(path);
    if (known !== undefined) return known;
    const members = definitions.filter((definition) => groupPath(definition) === path);
    if (members.length === 0) return undefined;
    const document = encoded({
      openapi: "3.0.0",
      info: { title: "Portunix", version: this.#version },
      paths: Object.assign({}, ...members.map(pathsOf)) as object,
      components: { schemas: componentsOf(members) },
    });
    this.#documents.set(path, document);
    return document;
  }

  #renew(definitions: readonly ResourceDefinition[]): void {
    if (this.#definitions === definitions) return;
    this.#definitions = definitions;
    this.#documents = new Map();
    this.#index = undefined;
  }
}

function groupPaths(definitions: readonly ResourceDefinition[]): string[] {
  return [...new Set(definitions.map(groupPath))];
}

function groupPath({ group, version }: ResourceDefinition): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function encoded(value: object): OpenApiDocument {
  const json = JSON.stringify(value);
  return { json, hash: createHash("sha512").update(json).digest("hex").slice(0, 64).toUpperCase() };
}
