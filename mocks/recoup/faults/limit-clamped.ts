import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { RecoupParts } from "../parts.ts";

const [limitMin, limitMax] = [1, 100];

export const limitIsClamped: Fault<RecoupParts> = {
  id: "out-of-range-clamped",
  alias: "B2",
  contract: "recoup",
  summary: "moves a `limit` beyond its range into it and reports success",
  shows: "list runs with the limit 101",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["listTaskRuns"], (inner) => (call, whole) => {
      const sent = call.request.query("limit");
      const limit = sent?.trim() ? Number(sent) : NaN;
      const clamped = Math.min(limitMax, Math.max(limitMin, limit));
      if (!Number.isInteger(limit) || limit === clamped || !fires("listTaskRuns")) return inner(call, whole);
      const query = (name: string) => (name === "limit" ? String(clamped) : call.request.query(name));
      return inner({ ...call, request: { ...call.request, query } }, whole);
    }),
};
