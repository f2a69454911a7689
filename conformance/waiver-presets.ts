import { ContractError } from "../src/contract/contract-error.ts";
import type { Difference } from "../src/contract/difference.ts";
import { contracts } from "./contracts.ts";
import type { JudgedContract } from "./kit/run/judged-contract.ts";
import type { Waiver } from "./kit/run/waiver.ts";

/** A law that a deployment of this profile is known to break, or to keep from being judged. */
type KnownDeviation = {
  readonly law: string;
  readonly reason: string;
  readonly evidence: string;
  readonly difference: string;
  readonly creates: number; // sandboxes that the difference costs
};

/**
 * Known deviations by the name after `preset:`, which is contract and profile: "opencomputer-edge". They come from the table
 * in `specs/<contract>/profiles.yaml`, as the mock's profiles do.
 */
export const waiverPresets: Readonly<Record<string, readonly KnownDeviation[]>> = Object.fromEntries(
  Object.values<JudgedContract>(contracts).flatMap(({ name, deviations = { profiles: {}, differences: [] } }) =>
    Object.keys(deviations.profiles).map((profile) => [
      `${name}-${profile}`,
      deviations.differences.filter((one) => one.profiles.includes(profile)).flatMap((one) => deviationsOf(name, one)),
    ]),
  ),
);

function deviationsOf(contract: string, difference: Difference): readonly KnownDeviation[] {
  const { id, facts, statement, evidence, laws, sometimes = [], unjudged = [], creates = 0 } = difference;
  const known = { reason: `${id} (${facts.join(", ")}): ${statement}`, evidence, difference: id, creates };
  return [...laws, ...sometimes, ...unjudged].map((law) => ({ law: `${contract}/${law}`, ...known }));
}

/**
 * The waivers of a preset. They hold for good: a deviation that is mended makes them needless, not wrong.
 *
 * @param name - contract and profile, or the profile alone
 * @throws {@link ContractError} `CONFIG_INVALID` for a name that there is not
 */
export function waiverPreset(name: string): readonly Waiver[] {
  const names = Object.keys(waiverPresets).filter((full) => full === name || full.endsWith(`-${name}`));
  if (name === "" || names.length === 0) {
    const known = Object.keys(waiverPresets).join(", ");
    throw new ContractError("CONFIG_INVALID", `there is no preset "${name}" of waivers: there are ${known}`);
  }
  return names.flatMap((preset) =>
    waiverPresets[preset]!.map(({ law, reason, evidence, difference, creates }) => ({
      law,
      reason: `${reason} (${evidence})`,
      owner: "sandglass",
      expires: "9999-12-31",
      preset,
      costs: { difference, creates },
    })),
  );
}
