import type { Call } from "../../kit/exchange.ts";
import type { Fault, Fires } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import { formatTime } from "../answers.ts";
import type { RecoupParts } from "../parts.ts";
import type { Sandbox, RecoupSandboxRecord } from "../sandbox.ts";

/** The way in which databases write a time. */
export const createdAtHasNoZone: Fault<RecoupParts> = {
  id: "time-without-zone",
  alias: "A4",
  contract: "recoup",
  summary: "writes `createdAt` in a form that is no RFC 3339 date-time",
  shows: "create, list",
  wrap: (parts, { fires }) =>
    alterViews(parts, fires, (_view, { createdAtMs }) => ({
      createdAt: formatTime(createdAtMs).slice(0, "YYYY-MM-DDThh:mm:ss".length).replace("T", " "),
    })),
};

export const timeoutInSeconds: Fault<RecoupParts> = {
  id: "timeout-in-wrong-unit",
  alias: "A5",
  contract: "recoup",
  summary: "gives the remaining `timeout` in seconds where milliseconds are promised",
  shows: "create, wait a second, list",
  wrap: (parts, { fires }) =>
    alterViews(parts, fires, ({ timeout }) => (timeout > 0 ? { timeout: Math.floor(timeout / 1000) } : undefined)),
};

export const timeoutNeverFires: Fault<RecoupParts> = {
  id: "timeout-never-fires",
  alias: "D2",
  contract: "recoup",
  summary: "lets no timeout fire: with no time left the sandbox runs on",
  shows: "create, wait until the time is up, list",
  wrap: (parts, { fires }) =>
    alterViews(parts, fires, ({ sandboxStatus }) =>
      sandboxStatus === "stopping" || sandboxStatus === "stopped" ? { sandboxStatus: "running" } : undefined,
    ),
};

const aheadMs = 60 * 60 * 1000;

export const createdAtDrifts: Fault<RecoupParts> = {
  id: "creation-time-drifts",
  alias: "D9",
  contract: "recoup",
  summary: "gives a `createdAt` that is an hour ahead and moves on with the clock",
  shows: "create, list, list",
  wrap: (parts, { fires }) =>
    alterViews(parts, fires, (_view, _record, { nowMs }) => ({ createdAt: formatTime(nowMs + aheadMs) })),
};

/** Shows sandboxes with something changed; undefined where a sandbox has nothing to change. */
function alterViews(
  parts: RecoupParts,
  fires: Fires,
  change: (view: Sandbox, record: RecoupSandboxRecord, call: Call) => Partial<Sandbox> | undefined,
): RecoupParts {
  return alterParts(parts, fires, ["createSandbox", "listSandboxes"], (whole, shows, call) => ({
    ...whole,
    viewSandbox: (record, nowMs) => {
      const view = whole.viewSandbox(record, nowMs);
      const changed = change(view, record, call);
      return changed !== undefined && shows() ? { ...view, ...changed } : view;
    },
  }));
}
