import type { Fault } from "../../kit/fault.ts";
import type { OpenComputerParts } from "../parts.ts";
import { alterPreviewRequests } from "./alter-preview-requests.ts";
import { previewRequest } from "../preview-gate.ts";

export const activityIgnored: Fault<OpenComputerParts> = {
  id: "activity-ignored",
  alias: "D4",
  contract: "opencomputer",
  summary: "does not let activity put the idle timeout off",
  shows: "create with a short timeout, ask for a preview again and again, list",
  wrap: (parts, { fires }) => {
    const unmoved = alterPreviewRequests(parts, fires, (whole, shows) => ({
      ...whole,
      admitPreview: (record, state, ...rest) => {
        const decision = whole.admitPreview(record, state, ...rest);
        return decision.refusal === undefined && state === "running" && shows() ? {} : decision;
      },
    }));
    return {
      ...unmoved,
      keepActive: async (request, whole) => {
        if (!fires(previewRequest)) await parts.keepActive(request, whole);
      },
    };
  },
};
