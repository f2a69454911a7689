import type { Fault } from "../../kit/fault.ts";
import { alterParts, wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";

/** It knows the tokens that were shown while it was on, and keeps them out of whatever is stored. */
export const tokenShownAgain: Fault<OpenComputerParts> = {
  id: "preview-token-shown-again",
  alias: "F4",
  contract: "opencomputer",
  summary: "shows the preview token again when the sandbox is read or listed",
  shows: "create with a gate, get",
  wrap: (parts, { fires }) => {
    const tokens = new Map<string, string>(); // by sandbox
    const remembering = wrapHandlers(parts, ["createSandbox", "rotatePreviewToken"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const { sandboxID, previewAuthToken } = (answer.json ?? {}) as { sandboxID?: string; previewAuthToken?: string };
      const id = sandboxID ?? call.request.params["id"];
      if (id !== undefined && previewAuthToken !== undefined) tokens.set(id, previewAuthToken);
      return answer;
    });
    return alterParts(remembering, fires, ["getSandbox", "listSandboxes"], (whole, shows) => ({
      ...whole,
      viewSandbox: (record, ...rest) => {
        const view = whole.viewSandbox(record, ...rest);
        const previewAuthToken = tokens.get(record.id);
        return previewAuthToken !== undefined && shows() ? { ...view, previewAuthToken } : view;
      },
    }));
  },
};
