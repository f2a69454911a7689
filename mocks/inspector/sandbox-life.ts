import { type ContractName, contracts } from "../contracts.ts";
import type { TimedState } from "../kit/sandbox-facts.ts";
import type { World } from "../kit/world.ts";

/** A sandbox as it is at one time, with what time has done to it and will do if nothing else happens. */
export type SandboxLife = {
  /** Its id. */
  readonly id: string;
  /** Whose API it belongs to. */
  readonly contract: ContractName;
  /** The state now. */
  readonly state: string;
  /** States that time alone brings, past and to come, oldest first. Empty where only a call changes it. */
  readonly timed: readonly TimedState[];
};

/** What is known of a sandbox; undefined where the world has none of that id. */
export async function findSandboxLife(world: World, id: string): Promise<SandboxLife | undefined> {
  for (const { contract, sandboxes } of contracts) {
    const record = await world.table(sandboxes.table).get(id);
    if (record === undefined) continue;
    const { state, timed } = sandboxes.at(record, world.clock.now());
    return { id, contract, state, timed };
  }
  return undefined;
}
