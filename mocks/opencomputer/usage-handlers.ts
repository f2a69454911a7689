import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import type { Span } from "../kit/sandbox-facts.ts";
import { formatTagTime, formatTime, refuse, refuseUnknown } from "./answers.ts";
import { findSandbox, type OpenComputerParts } from "./parts.ts";
import { type OpenComputerSandboxRecord, sizedSpansOf, spansOf } from "./sandbox.ts";
import { includedDiskMB } from "./plan.ts";

type Schemas = components["schemas"];
type Totals = Schemas["UsageTotals"];

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const windowMsMax = 30 * dayMs;
const itemsMax = 500;

/** Guests use so much of their memory, whatever runs in them: there is no machine to measure. */
const usedMB = 256;

/** What was used by each sandbox of a caller in a stretch of time. */
type Used = Totals & { readonly record: OpenComputerSandboxRecord };

export const getUsage: Handler<OpenComputerParts> = async (call, parts) => {
  const query = readQuery(call);
  if ("refusal" in query) return query.refusal;
  const { window, tagKey, fits, sort, limit, offset } = query.value;
  const records = await parts.sandboxes(call.world).list(call.tenant.id, { limit: Infinity });
  const used = records
    .filter((record) => fits(record.tags))
    .map((record) => ({ record, ...usedIn(record, window, call.nowMs) }))
    .filter(({ memoryGbSeconds, diskOverageGbSeconds }) => memoryGbSeconds + diskOverageGbSeconds > 0);
  const all = tagKey === undefined ? used.map((each) => viewUsed(each, parts, call.nowMs)) : groupBy(used, tagKey);
  const untagged = tagKey === undefined ? [] : used.filter(({ record: { tags } }) => !Object.hasOwn(tags, tagKey));
  const items = all.sort((one, other) => other[sort] - one[sort]).slice(offset, offset + limit);
  const isMore = offset + limit < all.length;
  const json: Schemas["Usage"] = {
    ...viewSpan(window),
    groupBy: tagKey === undefined ? "sandbox" : `tag:${tagKey}`,
    total: sumOf(used),
    ...(tagKey === undefined ? {} : { untagged: { ...sumOf(untagged), sandboxCount: untagged.length } }),
    items,
    nextCursor: isMore ? Buffer.from(String(offset + limit)).toString("base64url") : null,
  };
  return { status: 200, json };
};

const viewSpan = ({ fromMs, toMs }: Span) => ({ from: formatTime(fromMs), to: formatTime(toMs) });

function viewUsed({ record, ...totals }: Used, parts: OpenComputerParts, nowMs: number): Schemas["UsageItem"] {
  const { id: sandboxId, tags, tagsUpdatedAtMs } = record;
  const status = parts.stateAt(record, nowMs);
  return { sandboxId, status, tags, tagsLastUpdatedAt: formatTagTime(tagsUpdatedAtMs), ...totals };
}

function groupBy(used: readonly Used[], tagKey: string): Schemas["UsageItem"][] {
  const tagged = used.filter(({ record: { tags } }) => Object.hasOwn(tags, tagKey));
  const groups = Map.groupBy(tagged, ({ record }) => record.tags[tagKey]!);
  return [...groups].map(([tagValue, same]) => ({ tagKey, tagValue, ...sumOf(same), sandboxCount: same.length }));
}

const sumOf = (used: readonly Totals[]): Totals => ({
  memoryGbSeconds: used.reduce((sum, { memoryGbSeconds }) => sum + memoryGbSeconds, 0),
  diskOverageGbSeconds: used.reduce((sum, { diskOverageGbSeconds }) => sum + diskOverageGbSeconds, 0),
});

/** Memory counts while it runs, disk while it is there. */
function usedIn(record: OpenComputerSandboxRecord, window: Span, nowMs: number): Totals {
  const { running, hibernated } = spansOf(record, nowMs);
  const there = secondsOf(clip([...running, ...hibernated], window));
  return {
    memoryGbSeconds: gbSeconds(sizedIn(record, window, nowMs)),
    diskOverageGbSeconds: (there * ((record.diskMB ?? includedDiskMB) - includedDiskMB)) / 1024,
  };
}

const sizedIn = (record: OpenComputerSandboxRecord, window: Span, nowMs: number) =>
  clip(sizedSpansOf(record, nowMs), window);

const clip = <S extends Span>(spans: readonly S[], { fromMs, toMs }: Span): S[] =>
  spans
    .map((span) => ({ ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter((span) => span.fromMs < span.toMs);

const secondsOf = (spans: readonly Span[]) => spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / 1000;

// Whole numbers until the end: sums of fractions come out a little beside what they should be.
const gbSeconds = (spans: readonly (Span & { readonly memoryMB: number })[]) =>
  spans.reduce((sum, { fromMs, toMs, memoryMB }) => sum + (toMs - fromMs) * memoryMB, 0) / (1000 * 1024);

export const getSandboxUsage: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  const window = readWindow(call, 60 * minuteMs);
  if ("refusal" in window) return window.refusal;
  const sized = sizedIn(found.record, window.value, call.nowMs);
  const minutes = new Set(sized.flatMap(({ fromMs, toMs }) => minutesOf(fromMs, toMs)));
  const points = [...minutes].map((fromMs) => viewMinute(fromMs, clip(sized, { fromMs, toMs: fromMs + minuteMs })));
  const uptimeSeconds = secondsOf(sized);
  const totals = {
    memoryAllocatedGbSeconds: gbSeconds(sized),
    memoryUsedGbSeconds: (uptimeSeconds * usedMB) / 1024,
    uptimeSeconds,
    memoryAllocatedPeakMb: Math.max(0, ...sized.map(({ memoryMB }) => memoryMB)),
    memoryUsedPeakMb: points.length === 0 ? 0 : usedMB,
  };
  const json: Schemas["SandboxUsage"] = { sandboxId: found.record.id, ...viewSpan(window.value), totals, points };
  return { status: 200, json };
};

/** The minutes that a stretch of time touches, by when they begin. */
function minutesOf(fromMs: number, toMs: number): number[] {
  const first = Math.floor(fromMs / minuteMs);
  return Array.from({ length: Math.ceil(toMs / minuteMs) - first }, (_, at) => (first + at) * minuteMs);
}

function viewMinute(fromMs: number, sized: readonly (Span & { readonly memoryMB: number })[]): Schemas["UsagePoint"] {
  const uptimeSeconds = secondsOf(sized);
  return {
    ts: formatTime(fromMs),
    memoryAllocatedGbSeconds: gbSeconds(sized),
    memoryUsedGbSeconds: (uptimeSeconds * usedMB) / 1024,
    uptimeSeconds,
    allocatedMemoryMb: sized.at(-1)!.memoryMB,
    usedMemoryMbAvg: usedMB,
    usedMemoryMbPeak: usedMB,
  };
}

type Query = {
  readonly window: Span;
  readonly tagKey: string | undefined; // undefined where it is by sandbox
  readonly fits: (tags: Readonly<Record<string, string>>) => boolean;
  readonly sort: keyof Totals;
  readonly limit: number;
  readonly offset: number;
};

function readQuery(call: Call): Outcome<Query> {
  const query = new URLSearchParams(call.request.url.split("?")[1]);
  const group = /^(?:sandbox|tag:(?<tagKey>.+))$/s.exec(query.get("groupBy") ?? "");
  if (group === null) return refuseQuery("groupBy", "must be sandbox or tag:<key>");
  const window = readWindow(call, windowMsMax);
  if ("refusal" in window) return window;
  const sort = query.get("sort") || "-memoryGbSeconds";
  if (sort !== "-memoryGbSeconds" && sort !== "-diskOverageGbSeconds") {
    return refuseQuery("sort", "must be -memoryGbSeconds or -diskOverageGbSeconds");
  }
  const limit = Number(query.get("limit") || "50");
  if (!Number.isInteger(limit) || limit < 1 || limit > itemsMax) {
    return refuseQuery("limit", `must be between 1 and ${itemsMax}`);
  }
  const offset = Number(Buffer.from(query.get("cursor") ?? "", "base64url").toString() || "0");
  if (!Number.isSafeInteger(offset) || offset < 0) return refuseQuery("cursor", "is none of an answer");
  const filters = [...query].flatMap(([name, value]) => {
    const key = /^filter\[tag:(.+)\]$/s.exec(name)?.[1];
    return key === undefined ? [] : [{ key, values: value.split(",") }];
  });
  if (new Set(filters.map(({ key }) => key)).size < filters.length) {
    return refuseQuery("filter", "names a tag twice: put its values into one, with commas");
  }
  const fits: Query["fits"] = (tags) => filters.every(({ key, values }) => values.includes(tags[key] ?? ""));
  const by = sort.slice(1) as keyof Totals;
  return { value: { window: window.value, tagKey: group.groups?.["tagKey"], fits, sort: by, limit, offset } };
}

/** From when until when, by the world's clock. */
function readWindow({ request, nowMs }: Call, usualMs: number): Outcome<Span> {
  const at = (name: string, usual: number) => {
    const sent = request.query(name);
    return sent ? Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/.test(sent) ? sent : "") : usual;
  };
  const toMs = at("to", nowMs);
  if (Number.isNaN(toMs)) return refuseQuery("to", "must be a time as in RFC 3339");
  const fromMs = at("from", toMs - usualMs);
  if (Number.isNaN(fromMs)) return refuseQuery("from", "must be a time as in RFC 3339");
  if (fromMs >= toMs) return refuseQuery("from", "must be before to");
  return toMs - fromMs > windowMsMax
    ? refuseQuery("from", "must be at most 30 days before to")
    : { value: { fromMs, toMs } };
}

function refuseQuery(name: string, what: string): { refusal: Answer } {
  const message = "docs/reference/mock-opencomputer.md lists what usage can be asked for";
  return { refusal: refuse(400, `${name} ${what}`, { rule: `usage-${name.toLowerCase()}`, message }) };
}

export const listTagKeys: Handler<OpenComputerParts> = async ({ world, tenant }, parts) => {
  const records = await parts.sandboxes(world).list(tenant.id, { limit: Infinity });
  const pairs = records.flatMap(({ tags }) => Object.entries(tags));
  const keys = [...Map.groupBy(pairs, ([key]) => key)].sort(([one], [other]) => (one < other ? -1 : 1));
  const json: Schemas["TagKeys"] = {
    keys: keys.map(([key, same]) => {
      return { key, sandboxCount: same.length, valueCount: new Set(same.map(([, value]) => value)).size };
    }),
  };
  return { status: 200, json };
};

export const whoami: Handler<OpenComputerParts> = ({ tenant: { id, name } }) => {
  const json: Schemas["Caller"] = { org_id: id, user_id: id, email: `${name}@example.com`, org_name: name };
  return { status: 200, json };
};
