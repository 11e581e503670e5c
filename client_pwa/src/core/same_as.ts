// `@same_as`: undirected edges, between records and between the rows of a repeat.

import { byCodePoint } from "./canonical";

/** Every end of an edge to the smallest id that it is connected with. */
export function components(edges: Iterable<readonly [string, string]>): Map<string, string> {
  const smallest = new Map<string, string>();
  const top = (name: string): string => {
    if (!smallest.has(name)) smallest.set(name, name);
    while (smallest.get(name) !== name) {
      smallest.set(name, smallest.get(smallest.get(name)!)!);
      name = smallest.get(name)!;
    }
    return name;
  };
  for (const [one, other] of edges) {
    const [low, high] = [top(one), top(other)].sort(byCodePoint);
    smallest.set(high!, low!);
  }
  return new Map([...smallest.keys()].map((name) => [name, top(name)]));
}

/** Every tied record to its representative: the smallest id among the same that is not deleted. A record without
 * ties, or among deleted ones only, has no entry. */
export function representative(
  edges: Readonly<Record<string, readonly string[]>>,
  deleted: ReadonlySet<string>,
): Map<string, string> {
  const pairs = Object.entries(edges).flatMap(([one, others]) =>
    others.filter((other) => other !== one).map((other) => [one, other] as const),
  );
  const groupOf = components(pairs);
  const kept = new Map<string, string>();
  for (const name of [...groupOf.keys()].sort(byCodePoint).reverse()) {
    if (!deleted.has(name)) kept.set(groupOf.get(name)!, name);
  }
  const named = [...groupOf].filter(([, group]) => kept.has(group));
  return new Map(named.map(([name, group]) => [name, kept.get(group)!]));
}
