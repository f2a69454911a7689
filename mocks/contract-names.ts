/** The contracts that there is a mock of, and the port on which each listens unless told otherwise. */
export const contractPorts = { recoup: 4010, opencomputer: 4020 } as const;
/** A contract that there is a mock of. */
export type ContractName = keyof typeof contractPorts;
/** All of them. */
export const contractNames = Object.keys(contractPorts) as readonly ContractName[];
