import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** What is known of a request. */
type GuardedRequest<Value> = {
  /** What is likely to go down together with the operation: its method. Default: the operation alone. */
  readonly kind?: string;
  /** Whether a gateway has answered, in place of a target that is down. Default: never. */
  readonly isOfGateway?: (answer: Value) => boolean;
};

/** Stops a run from waiting again and again for answers that do not come. */
type CircuitBreaker = {
  /**
   * Sends, and takes note of what comes of it.
   *
   * @throws {@link Unjudged} `unreachable` when the operation has been silent too often, or several have, or too many
   *   answers in a row were a gateway's
   */
  readonly guard: <Value>(
    operation: string,
    send: () => Promise<Value>,
    sent?: GuardedRequest<Value>,
  ) => Promise<Value>;
};

/**
 * An operation with so many failures in a row is not asked again. A request that let us wait for the whole time-out makes two
 * failures, one that was cut off at once makes one: the first is what takes long.
 */
const failuresMax = 4;
/** Where another operation of its kind is not sent any more, an operation is given up as soon as this. */
const failuresMaxAfterAnother = 2;
/** So many operations of a kind that are not sent any more stand for all of the kind. */
const kindDownMax = 2;
/** So many answers of a gateway in a row, whatever was asked, say that the target is down. */
const gatewayAnswersMax = 8;
/** A target with so many such operations is taken to be down. */
const downMax = 3;

/**
 * Creates a breaker that has seen no failure. One request without an answer opens no circuit.
 *
 * A target that hangs on one method costs a run three time-outs: two of the first operation, one of the second.
 */
export function createCircuitBreaker(): CircuitBreaker {
  const failures = new Map<string, number>();
  const kinds = new Map<string, string>();
  const down = new Set<string>();
  let gatewayAnswers = 0;
  const downOf = (kind: string) => [...down].filter((operation) => kinds.get(operation) === kind);
  const assertUp = (operation: string, kind: string) => {
    if (down.size >= downMax || gatewayAnswers >= gatewayAnswersMax) {
      throw new Unjudged("unreachable", "the target has stopped answering");
    }
    if (down.has(operation)) {
      throw new Unjudged("unreachable", `${operation} has left too many requests in a row without an answer`);
    }
    const silent = downOf(kind);
    if (silent.length < kindDownMax) return;
    throw new Unjudged("unreachable", `${silent.join(" and ")} have left requests unanswered, so no ${kind} is sent`);
  };
  const noteFailure = (operation: string, kind: string, { mayPass }: TransientFailure) => {
    const count = (failures.get(operation) ?? 0) + (mayPass ? 1 : 2);
    failures.set(operation, count);
    if (count >= (downOf(kind).length > 0 ? failuresMaxAfterAnother : failuresMax)) down.add(operation);
  };
  return {
    guard: async (operation, send, { kind = operation, isOfGateway = () => false } = {}) => {
      kinds.set(operation, kind);
      assertUp(operation, kind);
      try {
        const answer = await send();
        failures.delete(operation);
        gatewayAnswers = isOfGateway(answer) ? gatewayAnswers + 1 : 0;
        return answer;
      } catch (error) {
        if (error instanceof TransientFailure && error.cause !== undefined) noteFailure(operation, kind, error);
        throw error;
      }
    },
  };
}
