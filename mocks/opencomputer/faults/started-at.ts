import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import { formatTime } from "../answers.ts";
import type { OpenComputerParts } from "../parts.ts";

const readers = ["getSandbox", "listSandboxes"];

/** The way in which databases write a time. */
export const startedAtHasNoZone: Fault<OpenComputerParts> = {
  id: "time-without-zone",
  alias: "A4",
  contract: "opencomputer",
  summary: "writes `startedAt` in a form that is no RFC 3339 date-time",
  shows: "create, get",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, readers, (whole, shows) => ({
      ...whole,
      viewSandbox: (record, ...rest) => {
        const view = whole.viewSandbox(record, ...rest);
        const startedAt = formatTime(record.createdAtMs).slice(0, "YYYY-MM-DDThh:mm:ss".length).replace("T", " ");
        return shows() ? { ...view, startedAt } : view;
      },
    })),
};

const aheadMs = 60 * 60 * 1000;

export const startedAtDrifts: Fault<OpenComputerParts> = {
  id: "creation-time-drifts",
  alias: "D9",
  contract: "opencomputer",
  summary: "gives a `startedAt` that is an hour ahead and moves on with the clock",
  shows: "create, get, get",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, readers, (whole, shows, { nowMs }) => ({
      ...whole,
      viewSandbox: (...args) => {
        const view = whole.viewSandbox(...args);
        return shows() ? { ...view, startedAt: formatTime(nowMs + aheadMs) } : view;
      },
    })),
};
