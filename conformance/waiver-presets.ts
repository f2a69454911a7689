import { ContractError } from "../src/contract/contract-error.ts";
import type { Waiver } from "./kit/waiver.ts";
import { knownDeviations as openComputerDeviations } from "./opencomputer/known-deviations.ts";
import { knownDeviations as recoupDeviations } from "./recoup/known-deviations.ts";
import type { KnownDeviation } from "./kit/known-deviation.ts";

/** Known deviations of today's deployments, by the name after `preset:`. */
export const waiverPresets: Readonly<Record<string, readonly KnownDeviation[]>> = {
  ...openComputerDeviations,
  ...recoupDeviations,
};

/**
 * The waivers of a preset. They hold for good: a deviation that is mended makes them needless, not wrong.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a name that there is not
 */
export function waiverPreset(name: string): readonly Waiver[] {
  const deviations = waiverPresets[name];
  if (deviations === undefined) {
    const known = Object.keys(waiverPresets).join(", ");
    throw new ContractError("CONFIG_INVALID", `there is no preset "${name}" of waivers: there are ${known}`);
  }
  return deviations.map(({ law, evidence, reason, ...mark }) => ({
    law,
    reason: `${reason} (${evidence})`,
    owner: "sandglass",
    expires: "9999-12-31",
    preset: name,
    ...mark,
  }));
}
