import type { ContractName } from "../../conformance/command.ts";

/**
 * The laws whose clause a fault of the mock breaks, as patterns of their ids after the contract's name. One of them at least
 * has to see the fault, and no other law may.
 */
type FaultLaws = Readonly<Record<string, readonly string[]>>;

/** Faults that pass when a request is sent again, and break no rule: no law may fail for them. */
export const transientFailures: readonly string[] = [
  "latency",
  "rate-limit",
  "server-error",
  "connection-reset",
  "slow-body",
  "cut-body",
];

/** What each fault is to be caught by, by its id. A fault that is missing here is a survivor, whatever the laws say. */
export const faultLaws: Readonly<Record<ContractName, FaultLaws>> = {
  recoup: {
    "unauthorized-says-message": ["*/refusal-shape"],
    "time-without-zone": ["*/answer-shape", "list/created-at-form"],
    // A life of 1,800 ms and of 1,800 s end at different times, too.
    "timeout-in-wrong-unit": [
      "list/timeout-falls",
      "list/timeout-as-created",
      "create/timeout-whole",
      "list/stops-in-time",
    ],
    "bad-request-is-html": ["*/error-shape"],
    "out-of-range-clamped": ["list-runs/broken-limit"],
    "malformed-json-accepted": ["create/malformed-json"],
    // A request for an account that is none acts for the caller's own.
    "malformed-account-id-accepted": [
      ...[
        "create/account-id-format",
        "list-runs/as-started",
        "list/keeps-what-was-set",
        "list/of-one-account",
        "sequence/tour",
      ],
    ],
    "body-judged-before-key": ["*/credentials-first"],
    "timeout-never-fires": ["list/stops-in-time"],
    "reading-prolongs-timeout": ["list/timeout-*"],
    "creation-time-drifts": ["list/created-at-*"],
    // What is changed without a key is changed.
    "missing-key-accepted": [
      ...["*/credentials-none", "*/credentials-empty", "*/credentials-first"],
      ...[
        "list/keeps-what-was-set",
        "sequence/tour",
        "*/of-one-account",
        "setup/sets-account",
        "update/answers-stored",
      ],
    ],
    "other-tenant-can-read": ["*/stranger-reads-nothing", "*/of-one-account"],
    "list-shows-all-tenants": ["*/stranger-lists-nothing", "*/of-one-account"],
    "almost-right-key-accepted": ["*/credentials-near-miss", "*/of-one-account"],
    "either-credential-accepted": ["*/credentials-both", "*/of-one-account"],
    "streams-merged": ["list-runs/streams-apart"],
    "exit-code-lost": ["list-runs/exit-code"],
    "run-never-ends": ["list-runs/run-ends"],
    "run-snapshot-lost": ["list/run-sets-snapshot", "list/keeps-what-was-set", "sequence/tour"],
  },
  opencomputer: {
    "create-answers-200": ["create/answer-shape"],
    "unauthorized-says-message": ["*/refusal-shape"],
    "time-without-zone": ["*/answer-shape", "get/started-at-*"],
    // Timeouts that are taken for milliseconds are over at once, wherever one is set.
    "timeout-in-wrong-unit": [
      "create/timeout-*",
      "set-timeout/*",
      "*/activity",
      "wake/timeout-*",
      "wake/runs-again",
      "sequence/*",
    ],
    "bad-request-is-html": ["*/error-shape"],
    "challenge-missing": ["preview/challenge"],
    "negative-timeout-accepted": ["create/broken-timeout", "create/broken-boundary", "set-timeout/broken-*"],
    "out-of-range-clamped": ["*/broken-size", "*/broken-boundary", "*/broken-limits", "sequence/tour"],
    "malformed-json-accepted": ["*/malformed-json"],
    "preview-port-out-of-range-accepted": ["create-preview/broken-port", "*-preview*/answer-shape", "sequence/tour"],
    "body-judged-before-key": ["*/credentials-first"],
    "killed-reads-as-running": ["kill/*", "sequence/*"],
    "killed-serves-preview": ["preview/killed-*", "kill/*", "sequence/tour"],
    "killed-comes-back": ["kill/stays-dead", "kill/final", "sequence/tour"],
    "repeat-answers-500": ["hibernate/when-hibernated", "wake/when-running", "sequence/*"],
    "stopped-counts-in-quota": [
      "kill/frees-place",
      "hibernate/frees-place",
      "create/quota-*",
      "create/refusal-keeps-no-place",
    ],
    "omitted-timeout-never-fires": ["create/timeout-default", "sequence/timeout-kept"],
    "timeout-never-fires": [
      ...["create/timeout-*", "set-timeout/*", "wake/timeout-*", "sequence/timeout-*", "hibernate/frees-place"],
    ],
    "activity-ignored": ["preview/activity", "wake/timeout-kept", "sequence/timeout-kept"],
    "timeout-lost-on-wake": ["wake/timeout-*", "set-timeout/asleep", "set-timeout/replaces", "sequence/timeout-*"],
    "creation-time-drifts": ["get/started-at-*", "list/agrees-with-get", "sequence/tour"],
    "missing-key-accepted": [
      ...["*/credentials-none", "*/credentials-empty", "*/credentials-first", "*/credentials-query"],
      ...["*/credentials-elsewhere", "*/key-elsewhere"],
    ],
    "other-tenant-can-read": ["*/foreign", "*/foreign-*", "inside/other-organisation"],
    "other-tenant-can-kill": ["kill/foreign", "get/foreign-untouched"],
    "list-shows-all-tenants": ["list/foreign"],
    "almost-right-key-accepted": ["*/credentials-near-miss"],
    "preview-gate-open": [
      ...["preview/token-*", "preview/challenge", "rotate-preview-token/*", "create/gate-with-image", "sequence/tour"],
    ],
    "preview-old-token-accepted": ["rotate-preview-token/*", "preview/token-wrong", "sequence/tour"], // an old token is a wrong one
    "preview-token-shown-again": ["*/token-hidden"],
    "preview-short-token-accepted": [...["create/token-of-*", "create/preview-token-length", "create/answer-shape"]],
    "preview-wrong-token-wakes": [
      ...["preview/strangers-wake-nothing", "hibernate/hibernates", "hibernate/sleeps-on", "sequence/tour"],
    ],
    "parallel-creates-exceed-quota": ["create/quota-crowd"],
    "kill-races-hibernate": ["kill/races-hibernate", "kill/stops"],
    "streams-merged": ["run-command/streams-apart"],
    "exit-code-lost": ["run-command/exit-code"],
    "file-cut-short": [
      ...["write-file/read-back", "write-file/any-bytes", "list-files/as-written", "restore-checkpoint/files-back"],
      ...["upload-url/opens-file", "write-file/names-apart", "delete-file/no-other", "read-file/kept-asleep"],
      ...["read-file/kept-until-kill", "fork-checkpoint/files-apart", "fork-checkpoint/checkpoint-kept"],
    ],
    "file-decoded-as-text": ["write-file/any-bytes"],
    "files-lost-asleep": ["read-file/kept-until-kill", "read-file/kept-asleep"],
    "killed-gives-files": ["read-file/kept-until-kill", "inside/when-stopped", "sequence/tour"],
    "restore-keeps-files": ["restore-checkpoint/files-back", "fork-checkpoint/checkpoint-kept"],
    "signed-url-stays-valid": ["*-url/expires", "*-url/expires-on-time"],
    "signature-unchecked": ["download-url/opens-no-more", "upload-url/opens-no-more"],
    "signs-for-strangers": ["download-url/foreign", "upload-url/foreign", "inside/other-organisation"],
    "scaling-lock-ignored": ["scale/locked"],
    "fork-has-later-files": ["fork-checkpoint/files-apart"],
    "other-tenant-can-fork": ["fork-checkpoint/foreign"],
    "secret-told": ["set-secret/value-hidden"],
    "other-tenant-reads-secret-store": ["get-secret-store/foreign", "record/other-organisation"],
    "other-tenant-reads-webhook": ["get-webhook/foreign", "record/other-organisation"],
    "webhook-secret-told": ["get-webhook/secret-hidden"],
    "redelivered-under-new-id": ["redeliver-webhook/same-id", "webhook/same-id"],
    "session-of-any-sandbox": ["kill-exec-session/other-sandbox"],
    "result-of-any-sandbox": ["command-result/other-sandbox"],
    "terminal-of-any-sandbox": ["delete-pty/other-sandbox"],
    "checkpoint-of-any-sandbox": ["restore-checkpoint/other-sandbox"],
    "other-tenant-can-act-inside": [
      ...["write-file/foreign", "create-exec-session/foreign", "create-pty/foreign", "restore-checkpoint/foreign"],
      ...["set-limits/foreign", "logs/foreign", "inside/foreign", "inside/other-organisation"],
    ],
    "inside-is-no-activity": ["inside/activity", "create-pty/activity"],
    "webhook-signed-by-other-secret": ["webhook/signature-verifies"],
    "webhook-secret-delivered": ["webhook/secret-not-sent"],
    "webhook-timestamp-in-milliseconds": ["webhook/timestamp-now"],
    "webhook-id-of-attempt": ["webhook/same-id"],
    "refused-create-keeps-place": ["create/refusal-keeps-no-place", "create/quota-*"],
    // Each sandbox is stopped once it was named: seen by what only running ones do, or what time does to them alone.
    "killed-in-flight": [
      ...["set-timeout/answer-shape", "hibernate/answer-shape", "wake/answer-shape", "*-preview*/answer-shape"],
      ...["*/when-running", "*/accepts-limits", "wake/refusal-changes-nothing", "sequence/*"],
      ...[
        "*/activity",
        "inside/reads",
        "inside/writes",
        "create/timeout-*",
        "sandbox/*",
        "*/when-hibernated",
        "kill/spares-others",
        "set-timeout/restarts",
        "set-timeout/replaces",
        "set-timeout/never",
      ],
    ],
  },
};
