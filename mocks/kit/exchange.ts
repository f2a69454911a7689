import type { Operation } from "../../src/contract/operation.ts";
import type { ServerSentEvent } from "./event-stream.ts";
import type { Reason } from "./journal.ts";
import { andThen, type Awaitable } from "./table.ts";
import type { Tenant, World } from "./world.ts";

/** A request as a handler sees it, whichever way it came in. */
export type MockRequest = {
  readonly method: string;
  readonly url: string; // path and query, as sent
  readonly params: Readonly<Record<string, string>>; // of the path template, decoded
  readonly rawHeaders: readonly string[]; // names and values in turn, as sent
  readonly header: (name: string) => string | undefined; // by lower-case name; repeated ones joined by a comma
  readonly query: (name: string) => string | undefined; // the first of that name
  readonly queries: () => Readonly<Record<string, string>>; // the first of each name
  readonly remoteAddress: string | undefined; // undefined where the request came over no socket
  readonly body: string; // "" where none was sent
  readonly bodyTooLarge: boolean; // then `body` is ""
  readonly content?: AsyncIterable<Uint8Array> | undefined; // where the operation takes bytes: as they come, and `body` is ""
};

/** What a mock answers. */
export type Answer = {
  readonly status: number;
  readonly json?: unknown; // sent as JSON; neither this nor `text` means an empty body
  readonly text?: string;
  readonly content?: Content; // bytes in the place of `json` and `text`
  readonly headers?: Readonly<Record<string, string>>;
  readonly reason?: Reason; // why it is no success
  readonly unread?: readonly string[]; // JSON pointers of fields that were sent and that nothing reads
  readonly events?: readonly ServerSentEvent[]; // makes it a stream, of these and then the JSON
  readonly delivery?: Delivery;
  readonly stream?: AsyncIterable<string>; // the body, in pieces, for as long as the caller stays; of the control API alone
};

/** Bytes that are sent piece by piece. */
export type Content = { readonly bytes: number; readonly pieces: Iterable<Uint8Array> };

/** How the bytes of an answer reach the caller, where that is not the usual way. */
export type Delivery = {
  readonly delayMs?: number; // before the first byte, in real time
  readonly bytesPerSecond?: number; // trickles the body
  readonly cutAfterBytes?: number; // promises the whole body, sends so much of it, and drops the connection
  readonly reset?: boolean; // drops the connection without an answer
};

/** One exchange under way. */
export type Exchange = {
  readonly world: World;
  readonly operation: Operation;
  readonly request: MockRequest;
};

/** An exchange whose caller is known and whose body is read. */
export type Call = Exchange & {
  readonly tenant: Tenant;
  readonly body: unknown; // parsed and valid by the contract; undefined where the operation takes none
  readonly nowMs: number; // the world's time, read once
  readonly late?: Answer | undefined; // a refusal that was found with the body, where a profile has the handler give it
};

/** What reading a body came to. */
type ReadOutcome = { readonly value: unknown; readonly late?: Answer } | { readonly refusal: Answer };

/** Either what was sought or the answer that refuses it. */
export type Outcome<T> = { readonly value: T } | { readonly refusal: Answer };

/** Does one operation. It reaches the other parts through its second argument, never by import: they may be wrapped. */
export type Handler<P> = (call: Call, parts: P) => Awaitable<Answer>;

/**
 * The replaceable parts of a mocked contract, in the order in which a request meets them. A fault is a function from
 * parts to parts, so no handler knows of faults.
 */
export interface Parts<P> {
  readonly authenticate: (exchange: Exchange) => Outcome<Tenant>;
  readonly readBody: (exchange: Exchange) => ReadOutcome;
  readonly handlers: Readonly<Record<string, Handler<P>>>; // by operationId
  /** The last look at every answer before it leaves. */
  readonly finish: (answer: Answer, exchange: Exchange) => Awaitable<Answer>;
  /** The last look at the answer to a request that is no operation, where it is to be another one. */
  readonly elsewhere?: (answer: Answer, request: MockRequest) => Answer;
}

/** Takes one request through all parts. Credentials are judged before the body, the body before the handler. */
export function answerExchange<P extends Parts<P>>(
  parts: P,
  exchange: Exchange,
): Awaitable<{ answer: Answer; tenantId: string }> {
  const caller = parts.authenticate(exchange);
  const tenantId = "refusal" in caller ? "" : caller.value.id;
  const raw = "refusal" in caller ? caller.refusal : answerCaller(parts, exchange, caller.value);
  return andThen(raw, (found) => andThen(parts.finish(found, exchange), (answer) => ({ answer, tenantId })));
}

function answerCaller<P extends Parts<P>>(parts: P, exchange: Exchange, tenant: Tenant): Awaitable<Answer> {
  const body = parts.readBody(exchange);
  return "refusal" in body ? body.refusal : handle(parts, exchange, tenant, body);
}

function handle<P extends Parts<P>>(
  parts: P,
  exchange: Exchange,
  tenant: Tenant,
  { value: body, late }: Exclude<ReadOutcome, { refusal: Answer }>,
): Awaitable<Answer> {
  const { world, operation, request } = exchange;
  const call: Call = { world, operation, request, tenant, body, nowMs: world.clock.now(), late };
  return parts.handlers[operation.id]!(call, parts);
}
