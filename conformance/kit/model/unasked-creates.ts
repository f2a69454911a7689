import type { Span } from "../law/exchange.ts";

/** A create as it was seen: what it named as made, nothing where it was refused; undefined where it is not known. */
export type CreateSeen = Span & { readonly made: readonly string[] | undefined };

/** An entry of a list, and when it says that it was made. */
export type ListedSeen = { readonly id: string; readonly atMs: number };

/** Looks for sandboxes, or runs, that creates made beside the one that they named. */
type UnaskedCreates = {
  /**
   * @param account - that the list is of
   * @returns what is wrong, in words
   */
  readonly judge: (create: CreateSeen | undefined, listed: readonly ListedSeen[], account: string) => readonly string[];
};

/** So many creates are remembered, and what was made. */
const rememberedMax = 4_096;
/** Another caller of the account may make one by chance at the moment of a create, hardly several. */
const coincidencesMax = 1;

/** Creates a watch that has seen nothing. */
export function createUnaskedCreates(): UnaskedCreates {
  let creates: readonly CreateSeen[] = [];
  const made = new Set<string>();
  const beside = new Map<CreateSeen, string>();
  return {
    judge: (create, listed, account) => {
      if (create !== undefined) {
        creates = [...creates, create].slice(-rememberedMax);
        for (const id of create.made ?? []) made.add(id);
      }
      const strange = listed.filter(({ id }) => !made.has(id));
      let isNew = false;
      for (const { id, atMs } of strange) {
        const [meanwhile, ...others] = creates.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
        if (meanwhile?.made === undefined || others.length > 0) continue;
        isNew ||= !beside.has(meanwhile);
        beside.set(meanwhile, id);
      }
      if (!isNew || beside.size <= coincidencesMax) return [];
      const ids = [...beside.values()].slice(-2).join(" and ");
      return [
        `the account ${account} lists ${ids}, each made at the moment of a request that named ${[...beside.keys()].some(({ made: named }) => named?.length === 0) ? "none" : "another one"}`,
      ];
    },
  };
}
