import type { Created } from "./created-sandbox.ts";

/** Sandboxes for laws to look at. Those that only look share; those that change one get their own. */
export type Pool = {
  /** The shared sandbox with this number, created when first asked for. */
  readonly shared: (index: number) => Promise<Created>;
  /** Forgets the shared ones, after a law saw the target misbehave: who knows what became of them. */
  readonly discard: () => void;
};

/** Creates a pool that fills itself by `create`. */
export function createPool(create: () => Promise<Created>): Pool {
  const shared: Created[] = [];
  return {
    shared: async (index) => {
      while (shared.length <= index) shared.push(await create());
      return shared[index]!;
    },
    discard: () => void (shared.length = 0),
  };
}
