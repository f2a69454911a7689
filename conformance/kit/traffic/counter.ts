import type { Counted } from "../run/event.ts";

/** Counts things that have a name, and keeps some of the names. */
type Counter = { readonly add: (name: string) => void; readonly total: () => Counted };

const namedMax = 5;
const charactersMax = 120;

/** Creates a counter that has counted nothing. */
export function createCounter(): Counter {
  const some = new Set<string>();
  let count = 0;
  return {
    add: (name) => {
      count += 1;
      if (some.size < namedMax) some.add(name.length <= charactersMax ? name : `${name.slice(0, charactersMax)}…`);
    },
    total: () => ({ count, some: [...some] }),
  };
}
