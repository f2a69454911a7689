import { strict as assert } from "node:assert";
import { configInvalid, ContractError } from "../../src/contract/contract-error.ts";
import type { Change, Entry, StateStore } from "./state-store.ts";

/** A Redis that replicas of one mock share. One of them leads at a time, and it alone writes. */
export type SharedStore = {
  /** Which Redis it is, without a password. */
  readonly place: string;
  /**
   * Takes the lead where no replica has it.
   *
   * @param note - what the others are to know of the one that leads; each replica has its own
   * @param gone - the note of a replica that is known to have ended, and that leads no longer
   * @returns the lead, or the note of the replica that has it
   * @throws Error where Redis does not answer
   */
  readonly take: (note: string, gone?: string) => Promise<Lead | string>;
  /** The note of the replica that leads; undefined where none does. */
  readonly leader: () => Promise<string | undefined>;
  /** What would lose state in this Redis, such as a policy that evicts keys; undefined where nothing would. */
  readonly warning: () => Promise<string | undefined>;
  readonly close: () => void;
};

/** The right to write, until another replica has taken it. */
export type Lead = {
  /** What was kept; each of its commits fails once another replica leads. */
  readonly store: StateStore;
  /** Keeps the lead for as long again; false once another replica has it. */
  readonly renew: () => Promise<boolean>;
  /** Lets another replica have it at once. */
  readonly release: () => Promise<void>;
};

export type RedisOptions = {
  /** `redis://` or, with TLS, `rediss://`, with user and password where it has them, and the number of a database. */
  readonly url: string;
  /** How long a lead lasts that is not renewed, in milliseconds. */
  readonly leadMs: number;
};

const format = "1"; // of what is kept: raise it where an older Sandglass could not read it
const silenceMsMax = 2_000; // from a Redis that is asked all the time
const retryMsMax = 500;

// One hash slot for all of it, so that a cluster has it in one place.
const keyOf = (name: string) => `{sandglass}:${name}`;
const [leader, fence, commits, row] = [keyOf("leader"), keyOf("fence"), keyOf("commits"), keyOf("row")];
const formatKey = keyOf("format");
const [values, rows] = [keyOf("values:"), keyOf("rows:")]; // with an owner's name behind

// A Redis that is full takes the few bytes of a lead: what is there can be read, and the refusal of a write says why.
const evenIfFull = "#!lua flags=allow-oom";

/**
 * KEYS leader, fence, commits, format; ARGV note, milliseconds, format, note of one that is gone, fence. Gives 1, or the note of
 * the replica that leads. One that is gone is believed to be where it has not renewed its lead for half of its time either.
 */
const takeScript = `${evenIfFull}
local leader = redis.call('GET', KEYS[1])
if leader and (leader ~= ARGV[4] or redis.call('PTTL', KEYS[1]) > ARGV[2] / 2) then return leader end
redis.call('SET', KEYS[2], ARGV[5])
redis.call('SET', KEYS[3], 0)
redis.call('SET', KEYS[4], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS leader, fence; ARGV fence, note, milliseconds. */
const renewScript = `${evenIfFull}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS leader, fence; ARGV fence. */
const releaseScript = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * KEYS fence, commits, row; ARGV fence, number of the commit, what the keys of values and of rows begin with, and the changes as
 * JSON: ["put", owner, field, value], ["drop", owner, field], ["forget", owner]. A commit that Redis had not read when the
 * connection broke off may come after the one that was sent in its place: it is behind then, and does nothing.
 */
const commitScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) <= tonumber(redis.call('GET', KEYS[2])) then return 1 end
local changes = cjson.decode(ARGV[5])
redis.call('SET', KEYS[2], ARGV[2])
local row = tonumber(redis.call('GET', KEYS[3]) or '0')
for _, change in ipairs(changes) do
  local act, owner, field = change[1], change[2], change[3]
  local values, rows = ARGV[3] .. owner, ARGV[4] .. owner
  if act == 'forget' then
    redis.call('DEL', values, rows)
  elseif act == 'drop' then
    redis.call('HDEL', values, field)
    redis.call('HDEL', rows, field)
  else
    redis.call('HSET', values, field, change[4])
    if redis.call('HSETNX', rows, field, row + 1) == 1 then row = row + 1 end
  end
end
redis.call('SET', KEYS[3], row)
return 1`;

/**
 * Connects to a Redis of version 7 or later, or a Valkey.
 *
 * @throws {@link ContractError} `STATE_UNUSABLE` where it cannot be reached, refuses the password, or keeps state of a newer
 * version
 */
export async function openRedis({ url, leadMs }: RedisOptions): Promise<SharedStore> {
  const place = withoutPassword(url);
  const client = await connect(url, place);
  const run = (script: string, keys: readonly string[], args: readonly string[]) =>
    client.eval(script, { keys: [...keys], arguments: [...args] });
  let takes = 0;
  const found = (await client.get(formatKey)) ?? format;
  if (Number(found) > Number(format)) {
    client.destroy();
    const newer = `it keeps state of format ${found}, and this Sandglass knows ${format} at most: use the newer one`;
    throw unusable(place, newer);
  }
  return {
    place,
    take: async (note, gone = "") => {
      const own = `${note} ${(takes += 1)}`; // which no other lead has, whatever Redis has lost
      const answer = await run(
        takeScript,
        [leader, fence, commits, formatKey],
        [note, String(leadMs), format, gone, own],
      );
      if (typeof answer === "string") return answer;
      const release = async () => void (await run(releaseScript, [leader, fence], [own]));
      const entries = await readEntries(client).catch(async (error: unknown) => {
        await release();
        throw error;
      });
      let committed = 0;
      const store: StateStore = {
        entries: () => entries.splice(0), // they are many, and read once
        commit: async (changes) => {
          if (changes.length === 0) return;
          committed += 1;
          const args = [own, String(committed), values, rows, formatChanges(changes)];
          if ((await run(commitScript, [fence, commits, row], args)) !== 1)
            throw new Error("another replica leads now");
        },
        close: () => {},
      };
      return {
        store,
        renew: async () => (await run(renewScript, [leader, fence], [own, note, String(leadMs)])) === 1,
        release,
      };
    },
    leader: async () => (await client.get(leader)) ?? undefined,
    warning: async () => warnOf(await client.info("memory")),
    close: () => client.destroy(),
  };
}

async function connect(url: string, place: string) {
  const { createClient } = await import("@redis/client");
  let isUp = false;
  const create = () =>
    createClient({
      url,
      disableOfflineQueue: true,
      socket: {
        socketTimeout: silenceMsMax,
        reconnectStrategy: (retries, cause) => (isUp ? Math.min(retries * 50, retryMsMax) : cause),
      },
    });
  let client: ReturnType<typeof create>;
  try {
    client = create();
  } catch (error) {
    throw configInvalid(
      `state: ${place} is no address of a Redis (${(error as Error).message}): redis://HOST:PORT/DATABASE is due`,
    );
  }
  client.on("error", () => {}); // each command fails by itself
  try {
    await client.connect();
  } catch (error) {
    throw unusable(place, `it cannot be used (${(error as Error).message}): start it, or name another place`, error);
  }
  isUp = true;
  return client;
}

type Client = Awaited<ReturnType<typeof connect>>;

/** All entries, in the order in which they were first put. */
async function readEntries(client: Client): Promise<Entry[]> {
  const owners = new Set<string>(); // a scan may tell one twice
  for await (const keys of client.scanIterator({ MATCH: `${values}*`, COUNT: 1_000 })) {
    for (const key of keys) owners.add(key.slice(values.length));
  }
  const found: (Entry & { readonly row: number })[] = [];
  for (const owner of owners) {
    const [ofOwner, order] = await Promise.all([client.hGetAll(values + owner), client.hGetAll(rows + owner)]);
    for (const [field, value] of Object.entries(ofOwner)) {
      const [kind, key] = JSON.parse(field) as [string, string];
      found.push({ owner, kind, key, value, row: Number(order[field]) });
    }
  }
  return found.sort((one, other) => one.row - other.row);
}

/** Changes as the script of a commit reads them. */
function formatChanges(changes: readonly Change[]): string {
  const all = changes.map((change) => {
    if (change.act === "forget") return [change.act, change.owner];
    const named = [change.act, change.owner, JSON.stringify([change.kind, change.key])];
    if (change.act === "drop") return named;
    assert(typeof change.value === "string"); // a script that fails half way has done the first half
    return [...named, change.value];
  });
  return JSON.stringify(all);
}

/** What loses state sooner or later. */
function warnOf(info: string): string | undefined {
  const [, most] = /^maxmemory:(\d+)/m.exec(info) ?? [];
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  return most === "0" || policy === "noeviction"
    ? undefined
    : `it evicts keys once it is full (maxmemory-policy ${policy}), and the mock's state with them: set noeviction`;
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw configInvalid("state: this is no address of a Redis: redis://HOST:PORT/DATABASE is due");
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

function unusable(place: string, message: string, cause?: unknown): ContractError {
  return new ContractError("STATE_UNUSABLE", `state in ${place}: ${message}`, { cause });
}
