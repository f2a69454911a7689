import type { CoverageCounter } from "../run/coverage.ts";
import type { Law } from "../law/law.ts";
import { isObject } from "../law/schema.ts";

/** Counts a generated value that was made to break a keyword, and knows which; others leave the counts alone. */
export function noteKeywords(coverage: CoverageCounter, { operations }: Law, value: unknown): void {
  const [operation] = operations;
  if (operation === undefined || !isObject(value)) return;
  const { keyword, pointer } = value;
  if (typeof keyword === "string" && typeof pointer === "string") coverage.broke(operation, keyword);
}
