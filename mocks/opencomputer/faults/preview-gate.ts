import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";
import { presentedToken } from "../preview-gate.ts";
import { matchesPreviewToken } from "../preview-token.ts";
import type { OpenComputerSandboxRecord } from "../sandbox.ts";
import { alterPreviewRequests } from "./alter-preview-requests.ts";

export const gateStandsOpen: Fault<OpenComputerParts> = {
  id: "preview-gate-open",
  alias: "F1",
  contract: "opencomputer",
  summary: "lets every request through a preview's gate",
  shows: "create with a gate, preview without a token",
  wrap: (parts, { fires }) =>
    alterPreviewRequests(parts, fires, (whole, shows) => ({
      ...whole,
      checkToken: (...args) => {
        const verdict = whole.checkToken(...args);
        return (verdict === "missing" || verdict === "wrong") && shows() ? "open" : verdict;
      },
    })),
};

export const oldTokenStillWorks: Fault<OpenComputerParts> = {
  id: "preview-old-token-accepted",
  alias: "F2",
  contract: "opencomputer",
  summary: "still accepts the old preview token after a rotation",
  shows: "create with a gate, rotate, preview with the first token",
  wrap: (parts, { fires }) => {
    const oldHashes = new Map<string, readonly string[]>(); // by sandbox
    const rotating = alterParts(parts, fires, ["rotatePreviewToken"], (whole, shows) => ({
      ...whole,
      sandboxes: (world) => {
        const table = whole.sandboxes(world);
        const replace = (current: OpenComputerSandboxRecord, next: OpenComputerSandboxRecord) => {
          const { id, tokenHash } = current;
          if (tokenHash !== undefined && shows()) oldHashes.set(id, [...(oldHashes.get(id) ?? []), tokenHash]);
          return table.replace(current, next);
        };
        return { ...table, replace };
      },
    }));
    return {
      ...rotating,
      checkToken: (record, credentials) => {
        const verdict = parts.checkToken(record, credentials);
        const old = oldHashes.get(record.id);
        if (verdict !== "wrong" || old === undefined) return verdict;
        const { token } = presentedToken(credentials)!;
        return old.some((hash) => matchesPreviewToken(token, hash)) ? "right" : "wrong";
      },
    };
  },
};

export const wrongTokenWakes: Fault<OpenComputerParts> = {
  id: "preview-wrong-token-wakes",
  alias: "F8",
  contract: "opencomputer",
  summary: "wakes a hibernated sandbox for a wrong preview token, though it refuses it",
  shows: "create with a gate, hibernate, preview with a wrong token, get",
  wrap: (parts, { fires }) =>
    alterPreviewRequests(parts, fires, (whole, shows) => ({
      ...whole,
      admitPreview: (record, state, verdict, nowMs) => {
        const decision = whole.admitPreview(record, state, verdict, nowMs);
        if (verdict !== "wrong" || state !== "hibernated" || !shows()) return decision;
        return { ...decision, change: { phase: "running", activeAtMs: nowMs } };
      },
    })),
};
