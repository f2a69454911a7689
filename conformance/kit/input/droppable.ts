import fc from "fast-check";
import { isObject } from "../law/schema.ts";

/**
 * Objects that are drawn whole and made smaller by leaving members out, one at a time: the values that are left stay as
 * they were, so what is found names the members that matter.
 */
export function droppingMembers(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return new Dropping(arbitrary, (value) => (isObject(value) ? withoutEach(value) : []));
}

/**
 * Lists that are drawn whole and made smaller by leaving items out: a half first, then quarters, at last one at a time. The
 * end comes first: what follows the item that broke something does not matter.
 *
 * @see Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input"
 */
export function droppingItems<Item>(arbitrary: fc.Arbitrary<readonly Item[]>): fc.Arbitrary<readonly Item[]> {
  return new Dropping(arbitrary, withoutChunks);
}

class Dropping<Value> extends fc.Arbitrary<Value> {
  readonly arbitrary: fc.Arbitrary<Value>;
  readonly smaller: (value: Value) => Iterable<Value>;

  constructor(arbitrary: fc.Arbitrary<Value>, smaller: (value: Value) => Iterable<Value>) {
    super();
    this.arbitrary = arbitrary;
    this.smaller = smaller;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Value> {
    return new fc.Value(this.arbitrary.generate(random, biasFactor).value, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Value {
    return value !== undefined;
  }

  override shrink(value: Value): fc.Stream<fc.Value<Value>> {
    return fc.stream(candidates(this.smaller(value)));
  }
}

function* candidates<Value>(values: Iterable<Value>): IterableIterator<fc.Value<Value>> {
  for (const value of values) yield new fc.Value(value, undefined);
}

function* withoutEach(value: Readonly<Record<string, unknown>>): Iterable<unknown> {
  for (const dropped of Object.keys(value)) {
    yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== dropped));
  }
}

function* withoutChunks<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let size = Math.floor(items.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let end = items.length; end > 0; end -= size)
      yield items.toSpliced(Math.max(0, end - size), Math.min(end, size));
  }
}
