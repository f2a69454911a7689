import {
  type MemberRule,
  type MemberRules,
  requireMembers,
  requireName,
  rules,
} from "../../../src/contract/caller-input.ts";
import { profileNames, usualProfile } from "../law/contract.ts";
import type { Target } from "../target/target.ts";
import { clockModes } from "../target/time.ts";
import type { SessionOptions } from "./session-parts.ts";

// Whether a number or a name will do is for their reader to say.
const sessionRules = {
  clock: rules.clock,
  seed: rules.number,
  contract: rules.object,
  target: rules.object,
  path: rules.text,
  counterexample: rules.any,
  profile: rules.text,
  createsMax: rules.number,
  aliveMax: rules.number,
  minutesMax: rules.number,
  concurrency: rules.number,
  ratePerSecond: rules.number,
  shrinksMax: rules.number,
  requestTimeoutMs: rules.number,
  clockMode: rules.text,
  waitMsMax: rules.number,
  sleep: rules.callable,
  waivers: rules.list,
  sink: rules.any,
  record: rules.callable,
  signal: rules.signal,
} as const satisfies MemberRules<SessionOptions>;

const targetRules = {
  baseUrl: rules.text,
  key: rules.text,
  otherKey: rules.text,
  headers: rules.object,
  certificates: rules.object,
  ownAccount: rules.flag,
  memberAccount: rules.text,
  foreignAccount: rules.text,
  quota: rules.number,
  previewDomain: rules.text,
  previewVia: rules.text,
  webhookUrl: rules.text,
  webhookPort: rules.number,
  harmlessCommands: rules.list,
  unsupported: rules.list,
  clock: rules.object,
  fetch: rules.callable,
} as const satisfies MemberRules<Target>;

/** @throws {@link ContractError} `CONFIG_INVALID` for a member of a target that is misspelt or of another type */
export function requireTarget(what: string, target: unknown): void {
  requireMembers(`${what}: target`, target, targetRules);
}

/**
 * Refuses options of a session, and of what makes one, that would have no effect.
 *
 * @param own - rules for what else may be said
 * @throws {@link ContractError} `CONFIG_INVALID` for one that is misspelt or of another type, or names what there is not
 */
export function requireSessionOptions(
  what: string,
  options: Partial<Omit<SessionOptions, "target">>,
  own: Readonly<Record<string, MemberRule>> = {},
): void {
  requireMembers(what, options, { ...sessionRules, ...own });
  const { profile = usualProfile, clockMode = "auto" } = options;
  requireName(what, "profile", profile, profileNames);
  requireName(what, "clock mode", clockMode, clockModes);
}
