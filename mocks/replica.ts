import { steadyClock, systemClock, systemSleep } from "../src/contract/clock.ts";
import { configInvalid } from "../src/contract/contract-error.ts";
import { type ContractName, contracts } from "./contracts.ts";
import { createChecks, inputsOf } from "./inputs.ts";
import { type Listener, startListener } from "./kit/http-listener.ts";
import { systemSecrets } from "./kit/random.ts";
import { openRedis } from "./kit/redis-store.ts";
import { createReplicaServed } from "./kit/replica-listener.ts";
import { type ReplicaRole, takeRole } from "./kit/replica-role.ts";
import { type AssembledMock, assembleMock, type ListenOptions, type Mock, type MockOptions } from "./mock.ts";

/** How a replica begins. All replicas of one mock are given the same options but for where they listen. */
export type ReplicaOptions = MockOptions & {
  /** The Redis that the replicas share: `redis://HOST:PORT/DATABASE`, `rediss://` with TLS; a user and a password may stand in it. */
  readonly state: string;
  /** The contracts that it serves, and where it listens for each. */
  readonly listen: Partial<Readonly<Record<ContractName, ListenOptions>>>;
  /** The host name or address by which the other replicas reach this one; by default where it listens. */
  readonly advertise?: string;
  /** How long the replica that leads may be silent before another takes its place, in milliseconds; 1,000 by default. */
  readonly leadMs?: number;
  /** Is told who leads, now and after each change. */
  readonly onLead?: (lead: ReplicaLead) => void;
};

/** Who leads: this replica, with the mock that it has begun, or the one at these addresses. */
export type ReplicaLead = { readonly mock: Mock } | { readonly urls: Readonly<Record<string, string>> };

/** One of several processes that are one mock. */
export type Replica = {
  /** Where it listens, by contract. */
  readonly listeners: ReadonlyMap<ContractName, Listener>;
  /** The Redis that it shares, without a password. */
  readonly place: string;
  /** What would lose state in this Redis; undefined where nothing would. */
  readonly warning: string | undefined;
  /** Lets requests in flight finish, and another replica lead. */
  readonly close: () => Promise<void>;
};

/**
 * Starts one of several processes that are one mock: whichever is asked, worlds, clocks, quotas, tokens and journals are the
 * same. One of them leads and answers; the others pass requests on to it. What was acknowledged is in Redis, and when the
 * leader is gone another goes on from there.
 *
 * @throws ContractError `CONFIG_INVALID` for an option that cannot be so, `STATE_UNUSABLE` for a Redis that cannot be
 * used, `PORT_UNAVAILABLE`
 */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { state, listen, advertise, leadMs = 1_000, onLead = () => {}, ...common } = options;
  createChecks(inputsOf(contracts)).createMock(common);
  if (!Number.isInteger(leadMs) || leadMs < 100) throw configInvalid("startReplica: leadMs: at least 100 is due");
  if (!/^rediss?:\/\//.test(state)) throw configInvalid("startReplica: state: redis://HOST or rediss://HOST is due");
  const shared = await openRedis({ url: state, leadMs });
  const secret = systemSecrets(32);
  const listeners = new Map<ContractName, Listener>();
  const ports = new Map<string, number>();
  const closeAll = async () => {
    await role?.retire(); // first: a replica that finds no listener takes the lead of the one that had it
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
    await role?.end();
    shared.close();
  };
  const urls: Record<string, string> = {};
  const abandoning: (() => void)[] = [];
  let role: ReplicaRole<AssembledMock> | undefined;
  try {
    for (const [contract, at] of Object.entries(listen) as [ContractName, ListenOptions][]) {
      const { host = "127.0.0.1", port = 0 } = at;
      if (advertise === undefined && isEveryAddress(host)) {
        throw configInvalid(`advertise: ${host} is no address to be reached by: give the one of this machine`);
      }
      const served = createReplicaServed({
        role: () => role,
        servedBy: (own: AssembledMock) => own.served.get(contract)!,
        ...{ contract, secret },
      });
      const { abandon, ...atSocket } = served;
      abandoning.push(abandon);
      const listener = await startListener({ ...atSocket, host, port, sleep: systemSleep });
      listeners.set(contract, listener);
      ports.set(contract, listener.port);
      urls[contract] = advertise === undefined ? listener.url : `http://${advertise}:${listener.port}`;
    }
    role = await takeRole({
      ...{ shared, leadMs, note: { urls, secret }, clocks: [steadyClock, systemClock], sleep: systemSleep },
      begin: (store) => assembleMock(contracts, common, { open: () => store, ports }),
      finish: ({ mock }) => mock.close(),
      onChange: (place) => {
        for (const abandon of abandoning) abandon();
        onLead("own" in place ? { mock: place.own.mock as unknown as Mock } : place.leader);
      },
    });
    return { listeners, place: shared.place, warning: await shared.warning(), close: () => closeAll() };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const isEveryAddress = (host: string) => /^(?:0\.0\.0\.0|::|\[::\])$/.test(host);
