import { ContractError } from "../../../src/contract/contract-error.ts";

/** Where a counterexample lies: which of a law's cases, and fast-check's own path inside it. */
type ReplayPath = { readonly caseIndex: number; readonly valuePath: string };

/** @throws {@link ContractError} `CONFIG_INVALID` when the text is not numbers with colons between them */
export function parseReplayPath(text: string): ReplayPath {
  if (!/^\d+(:\d+)+$/.test(text)) {
    throw new ContractError(
      "CONFIG_INVALID",
      `the replay path "${text}" is not numbers with colons between them: copy it from the finding, such as 3:1:0`,
    );
  }
  const [caseIndex, ...rest] = text.split(":");
  return { caseIndex: Number(caseIndex), valuePath: rest.join(":") };
}

/** The inverse of {@link parseReplayPath}. */
export function formatReplayPath({ caseIndex, valuePath }: ReplayPath): string {
  return `${caseIndex}:${valuePath}`;
}
