import fc from "fast-check";

/**
 * One part of a long random walk in which each `length` symbols in a row come once: what has been gone through in one part
 * comes in no other, and all parts together leave nothing out. A part begins with the last symbols of the one before, so
 * that nothing is lost in between.
 *
 * A pure function of its arguments: part 57 is the same whether or not the parts before it were walked.
 *
 * @param part - from 0 on; after the last part another walk begins
 * @param steps - the symbols of a part, more than `length`
 * @see de Bruijn, "A combinatorial problem", 1946
 */
export function walkPart<Symbol>(
  symbols: readonly Symbol[],
  { seed, part, steps, length }: { seed: number; part: number; steps: number; length: number },
): readonly Symbol[] {
  const parts = partCount(symbols.length, { steps, length });
  const walk = closedWalk(symbols.length, { seed: seed + Math.floor(part / parts), length });
  const first = (part % parts) * (steps - length + 1);
  return Array.from({ length: steps }, (_, index) => symbols[walk[(first + index) % walk.length]!]!);
}

/** How many parts a walk has. */
export function partCount(symbols: number, { steps, length }: { steps: number; length: number }): number {
  return Math.ceil(symbols ** length / (steps - length + 1));
}

/**
 * A random circle in which each `length` symbols in a row come once: the nodes are what the last symbols were, and a circle
 * that takes each edge once is found by Hierholzer's algorithm.
 */
function closedWalk(count: number, { seed, length }: { seed: number; length: number }): readonly number[] {
  const nodes = count ** (length - 1);
  const orders = shuffledOrders(nodes, { count, seed });
  const left = orders.map(() => count);
  const trail = [0];
  const circle: number[] = [];
  while (trail.length > 0) {
    const node = trail.at(-1)!;
    if (left[node] === 0) {
      circle.push(trail.pop()! % count);
      continue;
    }
    const symbol = orders[node]![(left[node]! -= 1)]!;
    trail.push((node * count + symbol) % nodes);
  }
  return circle.reverse().slice(1);
}

/** For each node the order in which it is left. */
function shuffledOrders(
  nodes: number,
  { count, seed }: { count: number; seed: number },
): readonly (readonly number[])[] {
  const order = fc.shuffledSubarray(
    Array.from({ length: count }, (_, symbol) => symbol),
    { minLength: count },
  );
  return fc.sample(order, { seed, numRuns: nodes });
}
