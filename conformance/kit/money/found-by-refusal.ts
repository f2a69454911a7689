import type { ListedSandbox } from "../law/contract.ts";
import type { OpenCreate } from "./ledger.ts";
import { readyMsMin } from "./found-sandbox.ts";
import type { FoundSandbox } from "./found-sandbox.ts";

/** What refused creates have left behind on a target that is known to do so, told by what the list shows right around each. */
type RefusalWatch = {
  /** Notes what has appeared between the two looks around a create that was sent alone. */
  readonly note: (create: OpenCreate, appeared: readonly ListedSandbox[]) => void;
  /** What each create may have left behind. It is sure where each that was refused in these words left one, and several did. */
  readonly all: () => readonly FoundSandbox[];
};

/** So many creates that are refused in the same words show that it is no chance. */
const timesMin = 2;

/**
 * When a sandbox was started says nothing where the target keeps machines ready, and another user may be given one in the
 * very moment in which a create is refused. That happens by chance; a target leaves one behind for each create of a kind.
 *
 * @param refusalOf - the words in which a create was refused
 */
export function createRefusalWatch(refusalOf: (create: number) => string | undefined): RefusalWatch {
  const kinds = new Map<string, { readonly left: { create: number; id: string }[]; count: number }>();
  return {
    note: ({ create, atMs, skewMs = 0 }, appeared) => {
      const kind = kindOf(refusalOf(create) ?? "");
      const known = kinds.get(kind) ?? { left: [], count: 0 };
      kinds.set(kind, known);
      known.count += 1;
      // The rest is told by its time.
      const ready = appeared.filter(({ startedAtMs }) => !(startedAtMs >= atMs + skewMs - readyMsMin));
      known.left.push(...ready.map(({ id }) => ({ create, id })));
    },
    all: () =>
      [...kinds.values()].flatMap(({ left, count }) =>
        left.map(({ create, id }): FoundSandbox => {
          return { id, foundBy: "refusal", creates: [create], isSure: left.length === count && count >= timesMin };
        }),
      ),
  };
}

/** The words without what they quote of the request: in JSON, a quote within a text has a backslash before it. */
function kindOf(refusal: string): string {
  return refusal.replaceAll(/\\".*?\\"|\d+/g, "…");
}
