import type { ContractName } from "../../conformance/index.ts";

/**
 * The laws whose clause a fault of the mock breaks, as patterns of their ids after the contract's name. One of them at least
 * has to see the fault, and no other law may.
 */
export type FaultLaws = Readonly<Record<string, readonly string[]>>;

/** Faults that are weather, not misbehaviour: no law may blame a server for them. */
export const weather: readonly string[] = [
  "latency",
  "rate-limit",
  "server-error",
  "connection-reset",
  "slow-body",
  "cut-body",
];

/** What each fault is to be caught by. A fault that is missing here is a survivor, whatever the laws say. */
export const faultLaws: Readonly<Record<ContractName, FaultLaws>> = {
  recoup: {
    A3: ["*/refusal-shape"],
    A4: ["*/answer-shape", "list/created-at-form"],
    // A life of 1,800 ms and of 1,800 s end at different times, too.
    A5: ["list/timeout-falls", "create/timeout-whole", "list/stops-in-time"],
    A7: ["*/error-shape"],
    B2: ["list-runs/broken-limit"],
    B4: ["create/malformed-json"],
    B5: ["create/account-id-format"],
    B8: ["*/credentials-first"],
    D2: ["list/stops-in-time"],
    D5: ["list/timeout-*"],
    D9: ["list/created-at-*"],
    E1: ["*/credentials-none", "*/credentials-empty", "*/credentials-first"],
    E2: ["*/stranger-reads-nothing"],
    // A member's sandbox is not the caller's own either.
    E4: ["*/stranger-lists-nothing", "create/member-account"],
    E8: ["*/credentials-near-miss"],
    E9: ["*/credentials-both"],
  },
  opencomputer: {
    A1: ["create/answer-shape"],
    A3: ["*/refusal-shape"],
    A4: ["*/answer-shape", "get/started-at-*"],
    // Timeouts that are taken for milliseconds are over at once, wherever one is set.
    A5: ["create/timeout-*", "set-timeout/*", "preview/activity", "wake/timeout-*", "sequence/timeout-*"],
    A7: ["*/error-shape"],
    A9: ["preview/challenge"],
    B1: ["create/broken-timeout", "create/broken-boundary", "set-timeout/broken-*"],
    B2: ["*/broken-size", "*/broken-boundary", "*/broken-limits"],
    B4: ["*/malformed-json"],
    B7: ["create-preview/broken-port"],
    B8: ["*/credentials-first"],
    C1: ["kill/*", "sequence/*"],
    C2: ["preview/killed-*", "kill/*"],
    C5: ["kill/stays-dead"],
    C7: ["hibernate/when-hibernated", "wake/when-running", "sequence/*"],
    C13: ["kill/frees-place", "hibernate/frees-place", "create/quota-*", "create/refusal-keeps-no-place"],
    D1: ["create/timeout-default"],
    D2: ["create/timeout-*", "set-timeout/*", "wake/timeout-*", "sequence/timeout-*"],
    D4: ["preview/activity"],
    D7: ["wake/timeout-*", "set-timeout/asleep", "sequence/timeout-*"],
    D9: ["get/started-at-*"],
    E1: ["*/credentials-none", "*/credentials-empty", "*/credentials-first", "*/credentials-query"],
    E2: ["*/foreign", "*/foreign-*"],
    E3: ["kill/foreign", "get/foreign-untouched"],
    E4: ["list/foreign"],
    E8: ["*/credentials-near-miss"],
    F1: ["preview/token-*", "preview/challenge", "rotate-preview-token/*", "create/gate-with-image"],
    F2: ["rotate-preview-token/*"],
    F4: ["*/token-hidden"],
    F6: ["create/token-of-*"],
    F8: ["preview/strangers-wake-nothing"],
    G1: ["create/quota-crowd"],
    G3: ["kill/races-hibernate"],
    G5: ["create/refusal-keeps-no-place", "create/quota-*"],
    // Each sandbox is stopped once it was named: seen by what only running ones do, or what time does to them alone.
    "killed-in-flight": [
      ...["set-timeout/answer-shape", "hibernate/answer-shape", "wake/answer-shape", "*-preview*/answer-shape"],
      ...["*/when-running", "*/accepts-limits", "wake/refusal-changes-nothing", "sequence/*"],
      ...["create/timeout-hibernates", "set-timeout/restarts", "set-timeout/replaces", "set-timeout/never"],
      "preview/activity",
    ],
  },
};
