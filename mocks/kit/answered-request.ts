import { steadyClock } from "../../src/contract/clock.ts";
import type { ContractFacts } from "./contract.ts";
import type { Answer } from "./exchange.ts";
import type { JournalRecord, Reason } from "./journal.ts";
import type { Keeper } from "./keeper.ts";
import { createRequestTallies, type RequestTallies } from "./request-tally.ts";
import { maskUrl } from "./secret-mask.ts";
import type { World } from "./world.ts";

/** A request as it was answered, for a log: without bodies and headers, and without secrets. */
export type AnsweredRequest = {
  /** The world that answered: its id. */
  readonly world: string;
  /** When, by the world's clock, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Whose API was asked. */
  readonly contract: string;
  /** The operationId, `preview`, or "" where no operation matched. */
  readonly operation: string;
  /** The name of the tenant, such as `acme`; "" where no key was accepted. */
  readonly tenant: string;
  /** The method. */
  readonly method: string;
  /** Path and query, with the host of a preview that is reached by its name. */
  readonly url: string;
  /** The status of the answer. */
  readonly status: number;
  /** How long the answer took, in whole milliseconds of the machine's time; what a fault delays is in it. */
  readonly durationMs: number;
  /** Why it is no success. */
  readonly reason: Reason | undefined;
  /** The sandboxes that the request or its answer names, at most {@link sandboxesMax} of them. */
  readonly sandboxes: readonly string[];
};

/** Is told of each request as it is answered. */
export type OnRequest = (request: AnsweredRequest) => void;

/** How many sandboxes of one exchange are named. */
const sandboxesMax = 20;

/** Takes note of exchanges: in the journal of their world, and for a log where there is one. */
export type ExchangeNotes = {
  /** When an exchange begins, by a time for durations. */
  readonly begin: () => number;
  /**
   * Notes an exchange, and waits until what it has changed is kept.
   *
   * @param delayMs - what a fault adds before the answer leaves
   * @returns the answer to send where it cannot be kept; undefined at once where nothing is kept
   */
  readonly add: (
    world: World,
    record: JournalRecord,
    beganAtMs: number,
    delayMs?: number,
  ) => Promise<Answer | undefined> | undefined;
  /** Waits until what was changed is kept, as {@link ExchangeNotes.add} does. */
  readonly settle: Keeper["settle"];
  /** How many there were, and how long they took. */
  readonly tallies: RequestTallies["all"];
};

/**
 * Takes note in journals, in tallies, and by what is told.
 *
 * @param contracts - those whose sandboxes are to be named
 * @param settle - waits until changes are kept
 */
export function createExchangeNotes(
  onRequest: OnRequest | undefined,
  contracts: readonly Pick<ContractFacts, "contract" | "sandboxes">[] = [],
  settle: Keeper["settle"] = () => undefined,
): ExchangeNotes {
  const tallies = createRequestTallies();
  const patterns = new Map(
    contracts.map(({ contract, sandboxes }) => [contract, new RegExp(sandboxes.idPattern, "g")]),
  );
  const tell = (world: World, record: JournalRecord, durationMs: number) => {
    tallies.add(record, durationMs);
    if (onRequest === undefined) return;
    const pattern = patterns.get(record.contract);
    onRequest(describeAnswered(world, record, pattern, Math.round(durationMs)));
  };
  return {
    settle,
    tallies: tallies.all,
    begin: steadyClock.now,
    add: (world, record, beganAtMs, delayMs = 0) => {
      world.journal.add(record);
      const settled = settle();
      const end = () => tell(world, record, steadyClock.now() - beganAtMs + delayMs);
      if (settled === undefined) end();
      else void settled.then(end, end);
      return settled;
    },
  };
}

function describeAnswered(
  world: World,
  record: JournalRecord,
  idPattern: RegExp | undefined,
  durationMs: number,
): AnsweredRequest {
  const { atMs, contract, operation, tenantId, method, status, reason } = record;
  const host = idPattern === undefined ? "" : hostOf(record, idPattern);
  const ids = idPattern === undefined ? [] : (`${record.url} ${record.answerBody} ${host}`.match(idPattern) ?? []);
  return {
    ...{ world: world.id, atMs, contract, operation, method, status, durationMs, reason },
    tenant: world.tenants.find(({ id, contract: own }) => id === tenantId && own === contract)?.name ?? "",
    url: `${host}${maskUrl(record.url)}`,
    sandboxes: [...new Set(ids)].slice(0, sandboxesMax),
  };
}

/** The first label of a preview's host, which says of which sandbox and port; "" where the path says it. */
function hostOf({ requestHeaders }: JournalRecord, idPattern: RegExp): string {
  const at = requestHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  const [label = ""] = (requestHeaders[at + 1] ?? "").split(/[.:]/);
  return label.search(idPattern) === 0 ? label : "";
}
