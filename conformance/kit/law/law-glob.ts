import { ContractError } from "../../../src/contract/contract-error.ts";
import type { Law } from "./law.ts";
import { idPattern } from "./id-pattern.ts";

/**
 * The laws whose id fits a pattern.
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

/** Which laws to judge; a part that is not said leaves all of them. */
export type LawChoice = {
  readonly law?: string | undefined; // pattern of ids
  readonly exclude?: readonly string[] | undefined; // patterns of ids
  readonly operations?: readonly string[] | undefined; // by operationId: laws about one of these
};

/**
 * The laws that fit a choice.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` when none does, or a part of the choice fits nothing at all
 */
export function chooseLaws(laws: readonly Law[], { law, exclude = [], operations }: LawChoice): readonly Law[] {
  const named = law === undefined ? laws : selectLaws(laws, law);
  const left = new Set(exclude.flatMap((glob) => selectLaws(laws, glob)));
  const unknown = operations?.find((id) => !laws.some((each) => each.operations.includes(id)));
  if (unknown !== undefined) {
    const known = [...new Set(laws.flatMap((each) => each.operations))].sort().join(", ");
    throw new ContractError("CONFIG_INVALID", `no law is about an operation "${unknown}": there are ${known}`);
  }
  const isChosen = (each: Law) =>
    !left.has(each) && (operations === undefined || each.operations.some((id) => operations.includes(id)));
  const chosen = named.filter(isChosen);
  if (chosen.length > 0) return chosen;
  throw new ContractError("CONFIG_INVALID", "no law is left to judge: exclude fewer, or name another operation");
}
