import type { ResourceDefinition } from "../api/resource-definition.ts";

/** The kinds that are served now: those of the program, and those that clients have defined. */
export class DefinitionRegistry {
  readonly builtIn: readonly ResourceDefinition[];
  readonly #custom = new Map<string, ResourceDefinition>();
  #all: readonly ResourceDefinition[];

  constructor(builtIn: readonly ResourceDefinition[]) {
    this.builtIn = builtIn;
    this.#all = builtIn;
  }

  /** The same array until the kinds change. */
  readonly all = (): readonly ResourceDefinition[] => this.#all;

  /** @param id - Of its CustomResourceDefinition. */
  custom(id: string): ResourceDefinition | undefined {
    return this.#custom.get(id);
  }

  /** All but the one under `id`, to see whether names are free. */
  others(id: string): readonly ResourceDefinition[] {
    const own = this.#custom.get(id);
    return this.#all.filter((definition) => definition !== own);
  }

  set(id: string, definition: ResourceDefinition): void {
    this.#custom.set(id, definition);
    this.#all = [...this.builtIn, ...this.#custom.values()];
  }

  delete(id: string): void {
    if (!this.#custom.delete(id)) return;
    this.#all = [...this.builtIn, ...this.#custom.values()];
  }
}
