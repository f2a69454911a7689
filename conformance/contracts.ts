import type { JudgedContract } from "./kit/run/judged-contract.ts";
import { opencomputer } from "./opencomputer/contract.ts";
import { recoup } from "./recoup/contract.ts";

/** Every contract that can be judged, by its name: a contract is a folder, and a line here. */
export const contracts = { recoup, opencomputer } satisfies Readonly<Record<string, JudgedContract>>;

/** The contracts that there are laws for. */
export type ContractName = keyof typeof contracts;
