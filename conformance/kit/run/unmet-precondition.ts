import type { RunContract, ProfileName } from "../law/contract.ts";
import { profileNames } from "../law/contract.ts";
import type { SkipCause } from "../law/verdict.ts";
import type { Law } from "../law/law.ts";
import type { Need } from "../law/need.ts";

import { hasReceiver } from "../target/receiver.ts";
import type { Target } from "../target/target.ts";
import { isLoopback } from "../target/target.ts";
import type { TimeKeeper } from "../target/time.ts";

/** Why a law cannot be judged, and the flag of the command that would let it be. */
export type UnmetPrecondition = { readonly cause: SkipCause; readonly reason: string; readonly flag?: string };

type NeedOptions = {
  readonly contract: RunContract;
  readonly target: Target;
  readonly profile: ProfileName;
  readonly time: TimeKeeper;
  /** The target's quota, where it is known by now. */
  readonly quota: () => number | undefined;
};

/** What keeps a law from being judged before anything is sent; undefined where nothing does. */
export function findUnmetPrecondition(law: Law, options: NeedOptions): UnmetPrecondition | undefined {
  return outsideProfile(law, options) ?? unsupported(law, options) ?? lackingNeed(law, options);
}

function outsideProfile({ operations }: Law, { contract, profile }: NeedOptions): UnmetPrecondition | undefined {
  const outside = operations.find((operation) => !contract.profiles[profile].includes(operation));
  if (outside === undefined) return undefined;
  const wider = profileNames.find((name) => operations.every((id) => contract.profiles[name].includes(id)));
  const flag = wider === undefined ? undefined : `--profile ${wider}`;
  return unmet("profile", `the profile "${profile}" never sends ${outside}`, flag);
}

/** Only operations beyond the seed may be missing. */
function unsupported({ operations }: Law, { contract, target }: NeedOptions): UnmetPrecondition | undefined {
  const missing = operations.find((id) => contract.companions.includes(id) && target.unsupported?.includes(id));
  if (missing === undefined) return undefined;
  return unmet("operation-missing", `the target is said not to have ${missing}`);
}

function lackingNeed(law: Law, options: NeedOptions): UnmetPrecondition | undefined {
  for (const need of law.needs) {
    const lacks = lacking[need](options, law);
    if (lacks !== undefined) return lacks;
  }
  return undefined;
}

/** Whether a run has what a law may need. */
export function hasNeed(need: Need, law: Law, options: NeedOptions): boolean {
  return lacking[need](options, law) === undefined;
}

type Check = (options: NeedOptions, law: Law) => UnmetPrecondition | undefined;

const lacking: Readonly<Record<Need, Check>> = {
  memory: () => undefined,
  "second-key": ({ target }) => unless(target.otherKey, "the key of a second tenant", "--other-key"),
  "member-account": ({ target }) =>
    unless(target.memberAccount, "an account that the key may act for", "--member-account"),
  "foreign-account": ({ target }) =>
    unless(target.foreignAccount, "an account that the key may not act for", "--foreign-account"),
  quota: ({ quota }) => unless(quota(), "the most sandboxes that may run at once", "--config, member quota"),
  "preview-route": ({ contract, target }) =>
    unless(hasPreviewRoute(contract, target) || undefined, "a way to previews", "--preview-domain"),
  "webhook-receiver": ({ target }) =>
    unless(hasReceiver(target) || undefined, "an address at which the target reaches the run", "--webhook-url"),
  "clock-control": ({ time }) => unless(time.controlled || undefined, "a clock that can be moved", "--clock control"),
  "full-profile": ({ profile }) =>
    profile === "full" ? undefined : unmet("profile", "it sends more than a usual run", "--profile full"),
  waiting: ({ time }, { waitsMs = 0 }) => {
    if (time.canPass(waitsMs)) return undefined;
    const seconds = Math.ceil(waitsMs / 1000);
    return unmet("input-missing", `it waits for ${seconds} s`, `--clock wait --max-wait ${seconds}`);
  },
};

function unless(value: unknown, what: string, flag: string): UnmetPrecondition | undefined {
  return value === undefined ? unmet("input-missing", `it needs ${what}`, flag) : undefined;
}

function unmet(cause: SkipCause, reason: string, flag?: string): UnmetPrecondition {
  return { cause, reason, ...(flag === undefined ? {} : { flag }) };
}

/** Whether previews of a target can be reached: it is on this machine, in this process, or the user said how. */
export function hasPreviewRoute(contract: RunContract, target: Target): boolean {
  if (contract.previews === undefined) return false;
  const said = target.previewDomain !== undefined || target.previewVia !== undefined;
  return said || target.fetch !== undefined || isLoopback(target.baseUrl);
}
