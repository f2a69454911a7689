import { ContractError } from "../../src/contract/contract-error.ts";
import type { Law } from "./law.ts";

/**
 * The laws whose id fits a pattern: `*` stands for any characters but a slash, `**` for any at all.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` when none does
 */
export function selectLaws(laws: readonly Law[], glob: string): readonly Law[] {
  const pattern = idPattern(glob);
  const chosen = laws.filter(({ id }) => pattern.test(id));
  if (chosen.length > 0) return chosen;
  throw new ContractError(
    "CONFIG_INVALID",
    `no law's id fits "${glob}": ids look like ${laws[0]?.id ?? "contract/operation/rule"}, and * stands for one part`,
  );
}

/** What ids fit a pattern. */
export function idPattern(glob: string): RegExp {
  return new RegExp(`^${glob.split("**").map(segmentPattern).join(".*")}$`);
}

function segmentPattern(text: string): string {
  return text
    .split("*")
    .map((plain) => plain.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
}
