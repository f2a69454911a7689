import { contracts, secondLaws } from "../../conformance/command.ts";
import type { JudgedContract, Law } from "../../conformance/command.ts";

/** How the findings of Prism are named: part of the ids of the laws that `sandglass proxy` tells them as. */
export const prismName = "prism";

/** What a run, a check or the proxy may tell of, with its contract: the laws, and Prism's findings. */
export function listKnownLaws(): readonly {
  readonly contract: JudgedContract;
  readonly law: Law;
  readonly isOfPrism: boolean;
}[] {
  return Object.values<JudgedContract>(contracts).flatMap((contract) => [
    ...contract.laws.map((law) => ({ contract, law, isOfPrism: false })),
    ...secondLaws(contract, prismName).map((law) => ({ contract, law, isOfPrism: true })),
  ]);
}
