import type { RunContract } from "../../law/contract.ts";
import { atPointer } from "../../law/schema.ts";

/** Lines of a clause that are shown: a whole operation would fill a page. */
const linesMax = 16;

/** What a contract's document says at a law's source, in lines of JSON; none where the source is no place in it. */
export function clauseOf({ document }: RunContract, source: string): readonly string[] {
  const clause = source.startsWith("#") ? atPointer(document, decodeURIComponent(source.slice(1))) : undefined;
  if (clause === undefined) return [];
  const lines = JSON.stringify(clause, null, 2).split("\n");
  return lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), "…"];
}
