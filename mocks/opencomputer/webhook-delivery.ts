import { idleSleep, type Sleep } from "../../src/contract/clock.ts";
import { neverMs, updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { settings } from "./settings.ts";
import {
  change,
  hasWebhooks,
  type MessageRecord,
  messageTable,
  shortHash,
  signDelivery,
  type WebhookRecord,
  webhookTable,
} from "./webhook.ts";
import { emitIdle } from "./webhook-events.ts";

/** Milliseconds of the world's clock from one attempt to the next. */
const retryAfterMs = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map((seconds) => seconds * 1_000);

const turnMs = 25;
const answerMsMax = 15_000;

const delivering = new WeakSet<World>();

/**
 * Delivers what is due in a world, now and later: the one thing in a mock that has to look at the clock without being asked.
 * It holds neither the world nor the process.
 */
export function keepDelivering(world: World, sleep: Sleep = idleSleep): void {
  if (delivering.has(world)) return;
  delivering.add(world);
  run(new WeakRef(world), sleep).catch(() => undefined); // the next event begins anew
}

async function run(ref: WeakRef<World>, sleep: Sleep): Promise<void> {
  try {
    while (await takeTurn(ref)) await sleep(turnMs);
  } finally {
    const world = ref.deref();
    if (world !== undefined) delivering.delete(world);
  }
}

async function takeTurn(ref: WeakRef<World>): Promise<boolean> {
  const world = ref.deref();
  if (world === undefined || !hasWebhooks(world)) return false;
  emitIdle(world);
  const nowMs = world.clock.now();
  const messages = [...(world.tables().get(messageTable.name)?.records() ?? [])] as MessageRecord[];
  await Promise.all(messages.filter(({ dueAtMs }) => dueAtMs <= nowMs).map((message) => attempt(world, message)));
  return true;
}

async function attempt(world: World, message: MessageRecord): Promise<void> {
  const { id, webhookId, attempts } = message;
  const webhook = await world.table(webhookTable).get(webhookId);
  if (webhook === undefined || webhook.liveUntilMs === 0) {
    await change(world, messageTable, id, { dueAtMs: neverMs, liveUntilMs: 0 });
    return;
  }
  if (!webhook.enabled) return; // told once it is enabled again
  const atMs = world.clock.now();
  const status = await send(world, webhook, message, atMs);
  const isDone = status >= 200 && status < 300;
  const waitMs = isDone ? undefined : retryAfterMs[attempts.length];
  const dueAtMs = waitMs === undefined ? neverMs : atMs + waitMs;
  const made = { id: `atmpt_${shortHash(`${id} ${attempts.length}`)}`, atMs, status };
  await updateRecord(world.table(messageTable), id, (current) => ({
    ...current,
    version: current.version + 1,
    attempts: [...current.attempts, made],
    // Who asked for it once more while this attempt was under way is not forgotten.
    ...(current.version === message.version ? { dueAtMs, liveUntilMs: waitMs === undefined ? 0 : neverMs } : {}),
  }));
}

/** Sends a message, and gives the status of the answer; 0 where there was none. */
async function send(
  world: World,
  { url, secret, headers }: WebhookRecord,
  { id: messageId, payload, attempts: { length: attempts } }: MessageRecord,
  atMs: number,
): Promise<number> {
  const target = targetOf(world, url);
  if (target === undefined) return 0;
  const alter = alterations.get(world) ?? unaltered;
  const { id, timestamp } = alter({ id: messageId, timestamp: Math.floor(atMs / 1000) }, { atMs, attempts });
  try {
    const { status, body } = await fetch(target, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        "svix-id": id,
        "svix-timestamp": String(timestamp),
        "svix-signature": signDelivery(secret, id, timestamp, payload),
      },
      body: payload,
      redirect: "manual",
      signal: AbortSignal.timeout(answerMsMax),
    });
    await body?.cancel();
    return status;
  } catch {
    return 0;
  }
}

type Told = { readonly id: string; readonly timestamp: number };
type Alteration = (told: Told, sent: { readonly atMs: number; readonly attempts: number }) => Told;
const unaltered: Alteration = (told) => told;
const alterations = new WeakMap<World, Alteration>();

/** Lets a world's deliveries tell something else: for faults, since no operation leads there. */
export function alterDeliveries(world: World, alter: Alteration): void {
  alterations.set(world, alter);
}

/** Where the requests to an address go: nowhere, where that is neither this machine nor said in the settings. */
function targetOf(world: World, url: string): URL | undefined {
  const asked = URL.parse(url); // the vendor takes hosts that no URL can have
  if (asked === null) return undefined;
  const target = settings.of(world).webhookTargets[asked.origin];
  if (target !== undefined) return new URL(`${target.replace(/\/+$/, "")}${asked.pathname}${asked.search}`);
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(asked.hostname) ? asked : undefined;
}
