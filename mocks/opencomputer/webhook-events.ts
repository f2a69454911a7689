import type { Table } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { idleAtMs, type OpenComputerSandboxRecord, sandboxStateAt, sandboxTable } from "./sandbox.ts";
import { settings } from "./settings.ts";
import { hasWebhooks, type SandboxEvent, tell } from "./webhook.ts";
import { keepDelivering } from "./webhook-delivery.ts";

type Event = Pick<SandboxEvent, "type" | "id" | "atMs" | "data">;

/**
 * A table of sandboxes whose changes are told to webhooks. Events follow from what was stored before and after, so that no
 * handler has to know of them. Where nothing is registered, it is the table itself.
 */
export function observeSandboxes(
  world: World,
  table: Table<OpenComputerSandboxRecord>,
): Table<OpenComputerSandboxRecord> {
  if (!hasWebhooks(world)) return table;
  const replace = (current: OpenComputerSandboxRecord, next: OpenComputerSandboxRecord) => {
    const nowMs = world.clock.now();
    const replaced = table.replace(current, next);
    if (replaced === true) emit(world, next, changesOf(world, current, next, nowMs));
    return replaced;
  };
  return { ...table, replace };
}

/** Tells of a sandbox that was made. */
export function emitCreated(world: World, record: OpenComputerSandboxRecord, parentId?: string): void {
  const { id, createdAtMs: atMs, template } = record;
  emit(world, record, [
    { type: "sandbox.created", id: `${id}:sandbox.created`, atMs, data: { template } },
    { type: "sandbox.ready", id: `${id}:sandbox.ready`, atMs, data: {} },
    ...(parentId === undefined
      ? []
      : [{ type: "sandbox.forked", id: `${id}:sandbox.forked`, atMs, data: { parentId } }]),
  ]);
}

/** Tells of a checkpoint that was made. */
export function emitCheckpoint(world: World, record: OpenComputerSandboxRecord, checkpointId: string): void {
  const type = "sandbox.checkpoint.created";
  const atMs = world.clock.now();
  emit(world, record, [{ type, id: `${record.id}:${type}:${checkpointId}`, atMs, data: { checkpointId } }]);
}

/** Tells of sandboxes that were idle for too long, which no request brings about. */
export function emitIdle(world: World): void {
  const nowMs = world.clock.now();
  const records = (world.tables().get(sandboxTable.name)?.records() ?? []) as Iterable<OpenComputerSandboxRecord>;
  for (const record of records) {
    if (record.phase === "running" && sandboxStateAt(record, nowMs) !== "running")
      emit(world, record, [idleOf(record)]);
  }
}

function emit(world: World, { id: sandboxId, tenantId }: OpenComputerSandboxRecord, events: readonly Event[]): void {
  if (events.length === 0 || !hasWebhooks(world)) return;
  for (const event of events) tell(world, { ...event, sandboxId, tenantId }).catch(() => undefined); // it is not told
  keepDelivering(world);
}

function idleOf(record: OpenComputerSandboxRecord): Event {
  const type = "sandbox.hibernated";
  return { type, id: `${record.id}:${type}:${record.version}.idle`, atMs: idleAtMs(record), data: {} };
}

function changesOf(
  world: World,
  current: OpenComputerSandboxRecord,
  next: OpenComputerSandboxRecord,
  nowMs: number,
): Event[] {
  const before = sandboxStateAt(current, nowMs);
  const after = sandboxStateAt(next, nowMs);
  const event = (type: string, data: Event["data"] = {}): Event => {
    return { type, id: `${next.id}:${type}:${next.version}`, atMs: nowMs, data };
  };
  const wasIdle = current.phase === "running" && before === "hibernated";
  return [
    ...(wasIdle ? [idleOf(current)] : []),
    ...(before === after ? [] : [event(stateEvents[after], after === "stopped" ? { reason: "user_requested" } : {})]),
    ...(current.memoryMB === next.memoryMB
      ? []
      : [event("sandbox.scaled", { cpuCount: next.cpuCount, memoryMB: next.memoryMB })]),
    ...(after === "stopped" ? [] : portsOf(world, current, next).map((data) => event(portEvent, data))),
  ];
}

const portEvent = "sandbox.preview_url.changed";
const stateEvents = {
  running: "sandbox.resumed",
  hibernated: "sandbox.hibernated",
  stopped: "sandbox.stopped",
} as const;

function portsOf(world: World, current: OpenComputerSandboxRecord, next: OpenComputerSandboxRecord) {
  if (current.previews === next.previews) return [];
  const has = ({ previews }: OpenComputerSandboxRecord, port: number) => previews.some((one) => one.port === port);
  const { previewDomain } = settings.of(world);
  const added = next.previews.filter(({ port }) => !has(current, port));
  const removed = current.previews.filter(({ port }) => !has(next, port));
  return [
    ...added.map(({ port }) => ({ port, url: `https://${next.id}-p${port}.${previewDomain}` })),
    ...removed.map(({ port }) => ({ port, url: null })),
  ];
}
