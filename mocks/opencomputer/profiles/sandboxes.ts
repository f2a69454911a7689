import { alterParts, wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { always, type Differ } from "../../kit/profile.ts";
import { updateRecord } from "../../kit/table.ts";
import { formatTime, refuse } from "../answers.ts";
import { findSandbox, type OpenComputerParts } from "../parts.ts";
import { changeSandbox, type OpenComputerSandboxRecord } from "../sandbox.ts";
import { findEverywhere } from "../faults/other-tenants.ts";

type Difference = Differ<OpenComputerParts>;

const killAsleep = (parts: OpenComputerParts, readsAsStopped: boolean) =>
  wrapHandlers(parts, ["killSandbox"], (inner) => async (call, whole) => {
    const found = await findSandbox(call, whole);
    if (found?.state !== "hibernated") return inner(call, whole);
    await updateRecord(whole.sandboxes(call.world), found.record.id, (record) =>
      changeSandbox(
        record,
        { phase: "hibernated", previews: [], profile: { ...record.profile, readsAsStopped } },
        call.nowMs,
      ),
    );
    return { status: 204 };
  });

export const killedAsleepStays: Difference = (parts) => killAsleep(parts, false);

export const killedAsleepWakes: Difference = (parts) => ({
  ...killAsleep(parts, true),
  viewSandbox: (record, state, ...rest) => {
    const isEnded = state === "hibernated" && record.profile?.readsAsStopped === true;
    return parts.viewSandbox(record, isEnded ? "stopped" : state, ...rest);
  },
  sandboxes: (world) => {
    const table = parts.sandboxes(world);
    const replace = (current: OpenComputerSandboxRecord, next: OpenComputerSandboxRecord) =>
      table.replace(current, next.phase === "running" ? awoken(next) : next);
    return { ...table, replace };
  },
});

function awoken(record: OpenComputerSandboxRecord): OpenComputerSandboxRecord {
  if (record.profile?.readsAsStopped !== true) return record;
  return { ...record, profile: { ...record.profile, readsAsStopped: false } };
}

const edgeListMax = 200;

export const listsEveryState: Difference = (parts) =>
  alterParts(parts, always, ["listSandboxes"], (whole) => ({
    ...whole,
    sandboxes: (world) => {
      const table = whole.sandboxes(world);
      return { ...table, list: (tenantId) => table.list(tenantId, { limit: edgeListMax }) };
    },
  }));

const endless = "0001-01-01T00:00:00Z";

export const indexMembers: Difference = (parts) =>
  wrapHandlers(
    {
      ...parts,
      viewSandbox: (record, ...rest) => {
        const { sandboxID, status, startedAt } = parts.viewSandbox(record, ...rest);
        const { workerID, cpuCount, memoryMB, region, profile } = record;
        const endedAtMs = status === "stopped" ? profile?.endedAtMs : undefined;
        const view = {
          sandboxID,
          templateID: "",
          cellID: `cell-${region}`,
          workerID,
          status,
          cpuCount,
          memoryMB,
          startedAt: formatSecond(Date.parse(startedAt)),
          endAt: endedAtMs === undefined ? endless : formatSecond(endedAtMs),
        };
        return view;
      },
    },
    ["killSandbox"],
    (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.status !== 204) return answer;
      await updateRecord(whole.sandboxes(call.world), call.request.params["id"]!, (record) => {
        if (record.profile?.endedAtMs !== undefined) return record;
        return changeSandbox(record, { profile: { ...record.profile, endedAtMs: call.nowMs } });
      });
      return answer;
    },
  );

const formatSecond = (ms: number) => formatTime(Math.floor(ms / 1000) * 1000);

const readyMs = 10 * 60 * 1000;

/** Machines are made ready one after the other, so the order of sandboxes stays. */
export const startedBeforeCreated: Difference = (parts) => ({
  ...parts,
  viewSandbox: (record, ...rest) => ({
    ...parts.viewSandbox(record, ...rest),
    startedAt: formatTime(record.createdAtMs - readyMs),
  }),
});

const operationsOfAnyone = [
  ...["getSandbox", "killSandbox", "setSandboxTimeout", "hibernateSandbox", "wakeSandbox"],
  ...["listPreviews", "deletePreview"],
];

export const foreignSandboxesAreServed: Difference = (parts) => findEverywhere(parts, always, operationsOfAnyone);

export const unknownKeyIs403: Difference = (parts) => ({
  ...parts,
  authenticate: (exchange) => {
    const caller = parts.authenticate(exchange);
    if (!("refusal" in caller)) return caller;
    const { reason } = caller.refusal;
    if (reason?.rule === "credentials-none") return { refusal: refuse(401, "missing API key", reason) };
    return reason?.rule === "credentials-unknown" ? { refusal: refuse(403, "invalid API key", reason) } : caller;
  },
});

export const keyInQuery: Difference = (parts) => ({
  ...parts,
  authenticate: (exchange) => {
    const { request } = exchange;
    const key = request.header("x-api-key") ? undefined : request.query("api_key");
    if (!key) return parts.authenticate(exchange);
    const header = (name: string) => (name === "x-api-key" ? key : request.header(name));
    return parts.authenticate({ ...exchange, request: { ...request, header } });
  },
});
