import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { levelAt } from "../level.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answerTo, statusOf } from "../readings.ts";
import { life } from "../scenarios/life.ts";
import type { LifeRecord } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import type { OperationId } from "../operations.ts";
import { answerIn, operationIds, pointer, slugs, takesSandbox } from "../operations.ts";

/** The states that a run can bring a sandbox into: what did, and what was said while it was there. */
const states = {
  running: { entrance: ({ created }) => created, exchanges: ({ running, awake }) => [...running, ...awake] },
  hibernated: {
    entrance: ({ running }) => answerTo(running, "hibernateSandbox"),
    exchanges: ({ hibernated }) => hibernated,
  },
  stopped: { entrance: ({ awake }) => answerTo(awake, "killSandbox"), exchanges: ({ stopped }) => stopped },
} as const satisfies Readonly<
  Record<
    string,
    Readonly<{ entrance: (record: LifeRecord) => Exchange; exchanges: (record: LifeRecord) => readonly Exchange[] }>
  >
>;
type State = keyof typeof states;

/** Each operation answers in each state as the document says. The scenario kills what runs, and the model sees what hibernates. */
export const stateLaws: readonly Law[] = (Object.keys(states) as State[]).flatMap((state) =>
  operationIds
    .filter((operation) => takesSandbox(operation) && !(operation === "killSandbox" && state === "hibernated"))
    .map((operation) => stateLaw(operation, state)),
);

/**
 * What the scenario shows of an operation that the document has done in some state, or refused in some: the first answer in each
 * such state.
 */
export function answersOf(record: LifeRecord, operation: OperationId, isDone: boolean): readonly Exchange[] {
  return (Object.keys(states) as State[])
    .filter((state) => answerIn(operation, state) < 300 === isDone)
    .flatMap((state) => states[state].exchanges(record).find((each) => each.operation === operation) ?? []);
}

function stateLaw(operation: OperationId, state: State): Law {
  const status = answerIn(operation, state);
  const source = pointer(operation, "responses", String(status));
  const { entrance, exchanges } = states[state];
  return scenarioLaw({
    id: `opencomputer/${slugs[operation]}/when-${state}`,
    requirement: levelAt(source),
    statement: `answer ${operation} on a ${state} sandbox with ${status}`,
    source,
    operations: [operation],
    scenario: life,
    judge: (record) => {
      needsSuccess(entrance(record)); // without it, nothing is known of that state
      const exchange = answerTo(exchanges(record), operation);
      const seen = statusOf(exchange);
      if (seen === status) return undefined;
      return { reason: `${operation} on a ${state} sandbox was answered ${seen}, not ${status}`, exchange };
    },
  });
}
