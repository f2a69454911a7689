import type { KnownDeviation } from "../kit/known-deviation.ts";

const server = "public server code";
const pages = "public server code against the public pages";

/** What both ways to the service share: its edge, and a control plane that is asked directly. */
const everywhere: readonly KnownDeviation[] = [
  {
    law: "opencomputer/create/timeout-default",
    reason: "a sandbox without a timeout of its own runs on, though 300 seconds are promised",
    evidence: pages,
  },
  {
    law: "opencomputer/create/refusal-creates-nothing",
    reason: "previewAuth is judged when the sandbox runs already: a refused create leaves one behind",
    evidence: server,
  },
  {
    law: "opencomputer/create/gate-with-image",
    reason: "previewAuth is passed over where a sandbox is made from an image, and its previews are open",
    evidence: server,
  },
  {
    law: "opencomputer/create/own-token-presentable",
    reason: "a token with blanks at its ends is kept as it is, and trimmed when it is presented",
    evidence: server,
  },
  { law: "opencomputer/kill/hibernated", reason: "killed while hibernated, it stays hibernated", evidence: server },
  {
    law: "opencomputer/set-timeout/broken-timeout",
    reason: "a timeout that is missing counts as 0, which means never",
    evidence: server,
  },
  {
    law: "opencomputer/wake/timeout-*",
    reason: "the wake from a pause forgets or ignores the timeout",
    evidence: pages,
  },
  {
    law: "opencomputer/delete-preview/exact-port",
    reason: "a port is read up to its first character that is no digit",
    evidence: server,
  },
  {
    law: "opencomputer/preview/token-wakes",
    reason: "a request to the preview of a paused sandbox does not wake it",
    evidence: pages,
  },
  {
    law: "opencomputer/preview/every-method*",
    reason: "OPTIONS is answered in front of the gate",
    evidence: server,
  },
  {
    law: "opencomputer/create-preview/when-hibernated",
    reason: "whatever keeps a preview from being made is answered 400",
    evidence: server,
  },
];

/** By preset: how the service is reached. */
export const knownDeviations: Readonly<Record<string, readonly KnownDeviation[]>> = {
  "opencomputer-edge": [
    ...everywhere,
    {
      law: "opencomputer/create/broken-size",
      reason: "sizes are given defaults before they are judged, so that some broken ones pass",
      evidence: server,
    },
    {
      law: "opencomputer/create/broken-type",
      reason: "the fast path looks at a few members only",
      evidence: server,
    },
    {
      law: "opencomputer/*/read-back",
      reason: "the index learns of a sandbox after its creation was answered",
      evidence: server,
    },
    {
      law: "opencomputer/list/running-only",
      reason: "the list shows sandboxes of every state",
      evidence: pages,
    },
  ],
  "opencomputer-cell": [
    ...everywhere,
    {
      law: "opencomputer/*/credentials-unknown",
      reason: "a key that nobody has is answered 403",
      evidence: pages,
    },
    {
      law: "opencomputer/*/credentials-near-miss",
      reason: "a key that nobody has is answered 403",
      evidence: pages,
    },
    {
      law: "opencomputer/*/credentials-query",
      reason: "a key in the query is taken",
      evidence: server,
    },
    {
      law: "opencomputer/*/foreign*",
      reason: "handlers of the control plane do not ask whose sandbox it is: the edge in front of it does",
      evidence: server,
    },
  ],
};
