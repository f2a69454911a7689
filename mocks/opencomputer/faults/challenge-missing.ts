import type { Fault } from "../../kit/fault.ts";
import type { OpenComputerParts } from "../parts.ts";
import { alterPreviewRequests } from "./alter-preview-requests.ts";

export const challengeMissing: Fault<OpenComputerParts> = {
  id: "challenge-missing",
  alias: "A9",
  contract: "opencomputer",
  summary: "leaves `WWW-Authenticate` out when a preview is asked for without a token",
  shows: "create with a gate, preview without a token",
  wrap: (parts, { fires }) =>
    alterPreviewRequests(parts, fires, (whole, shows) => ({
      ...whole,
      admitPreview: (...args) => {
        const decision = whole.admitPreview(...args);
        const { "www-authenticate": challenge, ...headers } = decision.refusal?.headers ?? {};
        if (challenge === undefined || !shows()) return decision;
        return { ...decision, refusal: { ...decision.refusal!, headers } };
      },
    })),
};
