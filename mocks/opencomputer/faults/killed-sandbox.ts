import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";
import { alterPreviewRequests } from "./alter-preview-requests.ts";

export const killedReadsAsRunning: Fault<OpenComputerParts> = {
  id: "killed-reads-as-running",
  alias: "C1",
  contract: "opencomputer",
  summary: "still shows a killed sandbox as running when it is read",
  shows: "create, kill, get",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["getSandbox"], (whole, shows) => ({
      ...whole,
      stateAt: (...args) => {
        const state = whole.stateAt(...args);
        return state === "stopped" && shows() ? "running" : state;
      },
    })),
};

export const killedServesPreview: Fault<OpenComputerParts> = {
  id: "killed-serves-preview",
  alias: "C2",
  contract: "opencomputer",
  summary: "still serves the previews of a killed sandbox",
  shows: "create, kill, preview",
  wrap: (parts, { fires }) =>
    alterPreviewRequests(parts, fires, (whole, shows) => ({
      ...whole,
      admitPreview: (record, state, verdict, nowMs) => {
        const isRightful = verdict === "open" || verdict === "right";
        return state === "stopped" && isRightful && shows() ? {} : whole.admitPreview(record, state, verdict, nowMs);
      },
    })),
};
