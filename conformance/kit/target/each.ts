/**
 * Does something with each of several, in their order, so many at once. Once one has failed no more are begun; all that were end before
 * the first failure is thrown.
 *
 * @returns what came of each, in the same order
 */
export async function each<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
  { atOnceMax }: { readonly atOnceMax: number },
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const open = [...items.entries()];
  let failure: { readonly cause: unknown } | undefined;
  const work = async () => {
    for (let next = open.shift(); next !== undefined && failure === undefined; next = open.shift()) {
      const [index, item] = next;
      try {
        results[index] = await act(item);
      } catch (cause) {
        failure ??= { cause };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, work));
  if (failure !== undefined) throw failure.cause;
  return results;
}
