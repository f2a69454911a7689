/** What something takes for as long as it is under way, where several go on at once. */
export type Claim = {
  /** Sandboxes at once. */
  readonly places: number;
  /** Whether all that it creates has to be refused. */
  readonly refuses?: boolean;
  /** What no two may use at once. */
  readonly uses: readonly string[];
};

/** What came of one: its result, or what is left to be done while nothing else is under way. */
export type Begun<Result> = { readonly result: Result } | { readonly alone: () => Promise<Result> };

/** That one was begun, or what it has come to. */
export type Progress<Item, Result> = { readonly item: Item; readonly result?: Result };

/**
 * Does things side by side, in their order as far as their claims allow. What has to be done alone is, before anything else
 * is begun.
 *
 * @param claimOf - undefined for what is not begun beside anything else
 * @param hasRoom - whether there are places for all of these; one alone is begun where there are none, too
 * @param isOver - whether no more are to be begun
 */
export async function* sideBySide<Item, Result>(
  items: readonly Item[],
  {
    atOnceMax,
    claimOf,
    hasRoom,
    begin,
    isOver,
  }: {
    readonly atOnceMax: () => number;
    readonly claimOf: (item: Item) => Claim | undefined;
    readonly hasRoom: (claims: readonly Claim[]) => boolean;
    readonly begin: (item: Item) => Promise<Begun<Result>>;
    readonly isOver: () => boolean;
  },
): AsyncGenerator<Progress<Item, Result>, void, void> {
  const open = [...items];
  type Ended = { readonly item: Item; readonly claim: Claim | undefined; readonly step: Promise<Begun<Result>> };
  const running = new Set<Ended>();
  const next = () => {
    const claims = [...running].flatMap(({ claim }) => claim ?? []);
    if (claims.length < running.size || (running.size > 0 && running.size >= atOnceMax()) || isOver()) return undefined;
    const index = open.findIndex((item) => {
      const claim = claimOf(item);
      if (claims.length === 0) return true;
      return claim !== undefined && !claims.some((other) => clash(claim, other)) && hasRoom([...claims, claim]);
    });
    return index === -1 ? undefined : index;
  };
  try {
    for (;;) {
      for (let index = next(); index !== undefined; index = next()) {
        const [item] = open.splice(index, 1) as [Item];
        yield { item };
        running.add({ item, claim: claimOf(item), step: begin(item) });
      }
      const alone: (readonly [Item, () => Promise<Result>])[] = [];
      while (running.size > 0) {
        const ended = await Promise.race([...running].map((each) => each.step.then(() => each)));
        running.delete(ended);
        const step = await ended.step;
        if ("alone" in step) alone.push([ended.item, step.alone]);
        else yield { item: ended.item, result: step.result };
        if (alone.length === 0) break;
      }
      for (const [item, act] of alone) yield { item, result: await act() };
      if (running.size === 0 && next() === undefined) return;
    }
  } finally {
    await Promise.allSettled([...running].map(({ step }) => step));
  }
}

function clash(one: Claim, other: Claim): boolean {
  return one.uses.some((name) => other.uses.includes(name));
}
