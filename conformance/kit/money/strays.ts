import type { OpenCreate } from "./ledger.ts";

/** What refused creates have left behind on a target that is known to do so, told by what the list shows right around each. */
type Strays = {
  /** Notes what has appeared between the two looks around a create that was sent alone. */
  readonly note: (create: OpenCreate, appeared: readonly string[]) => void;
  /** What each create may have left behind. */
  readonly all: () => readonly StrayRecord[];
};

type StrayRecord = {
  readonly create: number;
  readonly id: string;
  /** Whether each create that was refused in these words left one behind, and more than one was. */
  readonly isSure: boolean;
};

/** So many creates that are refused in the same words show that it is no chance. */
const timesMin = 2;

/**
 * When a sandbox was started says nothing where the target keeps machines ready, and another user may be given one in the
 * very moment in which a create is refused. That happens by chance; a target leaves one behind for each create of a kind.
 *
 * @param refusalOf - the words in which a create was refused
 */
export function createStrays(refusalOf: (create: number) => string | undefined): Strays {
  const kinds = new Map<string, { readonly left: { create: number; id: string }[]; count: number }>();
  return {
    note: ({ create }, appeared) => {
      const kind = kindOf(refusalOf(create) ?? "");
      const known = kinds.get(kind) ?? { left: [], count: 0 };
      kinds.set(kind, known);
      known.count += 1;
      known.left.push(...appeared.map((id) => ({ create, id })));
    },
    all: () =>
      [...kinds.values()].flatMap(({ left, count }) =>
        left.map((each) => ({ ...each, isSure: left.length === count && count >= timesMin })),
      ),
  };
}

/** The words without what they quote of the request: in JSON, a quote within a text has a backslash before it. */
function kindOf(refusal: string): string {
  return refusal.replaceAll(/\\".*?\\"|\d+/g, "…");
}
