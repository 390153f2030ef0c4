/**
 * Finds the dependency cycles of a graph: for each node that lies on one, the members of its
 * strongly connected component, sorted. Nodes that merely lead to a cycle are not in the result.
 *
 * @param edges - From each node to those it depends on; targets that are no nodes are ignored.
 * @see Tarjan, Depth-first search and linear graph algorithms, 1972. Iterative, so depth is no limit.
 */
export function cyclesOf(
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const search = new ComponentSearch(edges);
  for (const node of [...edges.keys()].toSorted()) search.from(node);
  const cycles = new Map<string, readonly string[]>();
  for (const members of search.components) {
    const [only] = members;
    const isCycle =
      members.length > 1 || (only !== undefined && edges.get(only)?.includes(only) === true);
    if (isCycle) for (const member of members) cycles.set(member, members.toSorted());
  }
  return cycles;
}

interface Visit {
  readonly node: string;
  readonly targets: readonly string[];
  next: number;
}

class ComponentSearch {
  readonly components: string[][] = [];
  readonly #edges: ReadonlyMap<string, readonly string[]>;
  readonly #indexes = new Map<string, number>();
  readonly #lowLinks = new Map<string, number>();
  readonly #open: string[] = [];
  readonly #isOpen = new Set<string>();

  constructor(edges: ReadonlyMap<string, readonly string[]>) {
    this.#edges = edges;
  }

  from(root: string): void {
    if (this.#indexes.has(root)) return;
    const visits: Visit[] = [this.#enter(root)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const target = visit.targets[visit.next];
      visit.next += 1;
      if (target === undefined) {
        visits.pop();
        this.#leave(visit.node, visits.at(-1)?.node);
      } else if (!this.#indexes.has(target)) {
        visits.push(this.#enter(target));
      } else if (this.#isOpen.has(target)) {
        this.#lower(visit.node, this.#indexes.get(target) ?? 0);
      }
    }
  }

  #enter(node: string): Visit {
    const index = this.#indexes.size;
    this.#indexes.set(node, index);
    this.#lowLinks.set(node, index);
    this.#open.push(node);
    this.#isOpen.add(node);
    const targets = (this.#edges.get(node) ?? []).filter((target) => this.#edges.has(target));
    return { node, targets, next: 0 };
  }

  #leave(node: string, parent: string | undefined): void {
    const low = this.#lowLinks.get(node) ?? 0;
    if (parent !== undefined) this.#lower(parent, low);
    if (low !== this.#indexes.get(node)) return;
    const members = this.#open.splice(this.#open.lastIndexOf(node));
    for (const member of members) this.#isOpen.delete(member);
    this.components.push(members);
  }

  #lower(node: string, low: number): void {
    this.#lowLinks.set(node, Math.min(this.#lowLinks.get(node) ?? low, low));
  }
}
