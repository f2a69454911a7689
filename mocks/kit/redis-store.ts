import { configInvalid, ContractError } from "../../src/contract/contract-error.ts";
import type { Change, Entry, StateStore } from "./state-store.ts";

/** A Redis that replicas of one mock share. One of them leads at a time, and it alone writes. */
export type SharedStore = {
  /** Which Redis it is, without a password. */
  readonly place: string;
  /**
   * Takes the lead where no replica has it.
   *
   * @param note - what the others are to know of the one that leads
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
const [leader, term, commits, row] = [keyOf("leader"), keyOf("term"), keyOf("commits"), keyOf("row")];
const formatKey = keyOf("format");
const owned = (owner: string) => [keyOf(`values:${owner}`), keyOf(`rows:${owner}`)] as const;

// A Redis that is full takes the few bytes of a lead: what is there can be read, and the refusal of a write says why.
const evenIfFull = "#!lua flags=allow-oom";

/** KEYS leader, term, commits, format; ARGV note, milliseconds, format, note of one that is gone. Gives a new term, or the note of the replica that leads. */
const takeScript = `${evenIfFull}
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[4] then return leader end
redis.call('SET', KEYS[3], 0)
redis.call('SET', KEYS[4], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('INCR', KEYS[2])`;

/** KEYS leader, term; ARGV term, note, milliseconds. */
const renewScript = `${evenIfFull}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS leader, term; ARGV term. */
const releaseScript = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * KEYS term, commits, row, and for each owner its values and its rows; ARGV term, number of the commit, and the changes: "put"
 * owner field value, "drop" owner field, "forget" owner, where an owner is its place in KEYS. A commit that Redis had not read
 * when the connection broke off may come after the one that was sent in its place: it is behind then, and does nothing.
 */
const commitScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) <= tonumber(redis.call('GET', KEYS[2])) then return 1 end
redis.call('SET', KEYS[2], ARGV[2])
local row = tonumber(redis.call('GET', KEYS[3]) or '0')
local at = 3
while at <= #ARGV do
  local act, place = ARGV[at], tonumber(ARGV[at + 1])
  local values, rows = KEYS[place], KEYS[place + 1]
  if act == 'forget' then
    redis.call('DEL', values, rows)
    at = at + 2
  elseif act == 'drop' then
    redis.call('HDEL', values, ARGV[at + 2])
    redis.call('HDEL', rows, ARGV[at + 2])
    at = at + 3
  else
    redis.call('HSET', values, ARGV[at + 2], ARGV[at + 3])
    if redis.call('HSETNX', rows, ARGV[at + 2], row + 1) == 1 then row = row + 1 end
    at = at + 4
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
  const run = (script: string, keys: readonly string[], args: readonly (string | number)[]) =>
    client.eval(script, {
      keys: [...keys],
      arguments: args.map((arg) => (typeof arg === "number" ? String(arg) : arg)),
    });
  const found = (await client.get(formatKey)) ?? format;
  if (Number(found) > Number(format)) {
    client.destroy();
    const newer = `it keeps state of format ${found}, and this Sandglass knows ${format} at most: use the newer one`;
    throw unusable(place, newer);
  }
  return {
    place,
    take: async (note, gone = "") => {
      const answer = await run(takeScript, [leader, term, commits, formatKey], [note, leadMs, format, gone]);
      if (typeof answer !== "number") return answer as string;
      const entries = await readEntries(client);
      let committed = 0;
      const store: StateStore = {
        entries: () => entries.splice(0), // they are many, and read once
        commit: async (changes) => {
          if (changes.length === 0) return;
          committed += 1;
          const { keys, args } = toArguments(changes);
          const isDone = await run(commitScript, [term, commits, row, ...keys], [answer, committed, ...args]);
          if (isDone !== 1) throw new Error("another replica leads now");
        },
        close: () => {},
      };
      return {
        store,
        renew: async () => (await run(renewScript, [leader, term], [answer, note, leadMs])) === 1,
        release: async () => void (await run(releaseScript, [leader, term], [answer])),
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
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      socketTimeout: silenceMsMax,
      reconnectStrategy: (retries, cause) => (isUp ? Math.min(retries * 50, retryMsMax) : cause),
    },
  });
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
  const found: (Entry & { readonly row: number })[] = [];
  for await (const keys of client.scanIterator({ MATCH: keyOf("values:*"), COUNT: 1_000 })) {
    for (const key of keys) {
      const owner = key.slice(keyOf("values:").length);
      const [values, rows] = await Promise.all(owned(owner).map((hash) => client.hGetAll(hash)));
      for (const [field, value] of Object.entries(values!)) {
        const [kind, name] = JSON.parse(field) as [string, string];
        found.push({ owner, kind, key: name, value, row: Number(rows![field]) });
      }
    }
  }
  return found.sort((one, other) => one.row - other.row);
}

/** What the script of a commit takes; the first owner is the fourth of its keys. */
function toArguments(changes: readonly Change[]): { readonly keys: string[]; readonly args: (string | number)[] } {
  const owners = [...new Set(changes.map(({ owner }) => owner))];
  const places = new Map(owners.map((owner, at) => [owner, 4 + 2 * at]));
  const args = changes.flatMap((change) => {
    const place = places.get(change.owner)!;
    if (change.act === "forget") return [change.act, place];
    const field = JSON.stringify([change.kind, change.key]);
    return change.act === "drop" ? [change.act, place, field] : [change.act, place, field, change.value];
  });
  return { keys: owners.flatMap(owned), args };
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
