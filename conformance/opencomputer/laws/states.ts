import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { levelAt } from "../level.ts";
import { needsSuccess } from "../precondition.ts";
import { statusOf } from "../readings.ts";
import { life } from "../scenarios/life.ts";
import type { LifeRecord } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import type { OperationId } from "../operations.ts";
import { answerIn, pointer, slugs } from "../operations.ts";

/** States that a run can bring a sandbox into. */
export type State = "running" | "hibernated" | "stopped";

type ExchangesByOperation = Readonly<Partial<Record<OperationId, (record: LifeRecord) => Exchange>>>;

/** Where the scenario shows each operation in each state. */
const exchangesByState: Readonly<Record<State, ExchangesByOperation>> = {
  running: {
    getSandbox: ({ running }) => running.fresh.got,
    setSandboxTimeout: ({ running }) => running.timeoutSet,
    hibernateSandbox: ({ hibernated }) => hibernated.hibernated,
    wakeSandbox: ({ running }) => running.woken,
    getSandboxTags: ({ running }) => running.fresh.tags,
    replaceSandboxTags: ({ running }) => running.put,
    createPreview: ({ running }) => running.listings[0]!,
    listPreviews: ({ running }) => running.fresh.ports,
    deletePreview: ({ running }) => running.deleted,
    rotatePreviewToken: ({ running }) => running.rotated,
    killSandbox: ({ stopped }) => stopped.killed,
  },
  hibernated: {
    getSandbox: ({ hibernated }) => hibernated.fresh.got,
    setSandboxTimeout: ({ hibernated }) => hibernated.timeoutSet,
    hibernateSandbox: ({ hibernated }) => hibernated.again,
    wakeSandbox: ({ hibernated }) => hibernated.woken,
    getSandboxTags: ({ hibernated }) => hibernated.fresh.tags,
    replaceSandboxTags: ({ hibernated }) => hibernated.put,
    createPreview: ({ hibernated }) => hibernated.listing,
    listPreviews: ({ hibernated }) => hibernated.fresh.ports,
    deletePreview: ({ hibernated }) => hibernated.deleted,
    rotatePreviewToken: ({ hibernated }) => hibernated.rotated,
  },
  stopped: {
    getSandbox: ({ stopped }) => stopped.fresh.got,
    setSandboxTimeout: ({ stopped }) => stopped.timeoutSet,
    hibernateSandbox: ({ stopped }) => stopped.hibernated,
    wakeSandbox: ({ stopped }) => stopped.woken,
    getSandboxTags: ({ stopped }) => stopped.fresh.tags,
    replaceSandboxTags: ({ stopped }) => stopped.put,
    createPreview: ({ stopped }) => stopped.listing,
    listPreviews: ({ stopped }) => stopped.fresh.ports,
    deletePreview: ({ stopped }) => stopped.deleted,
    rotatePreviewToken: ({ stopped }) => stopped.rotated,
    killSandbox: ({ stopped }) => stopped.killedAgain,
  },
};

/** What brought the sandbox into a state: without it, nothing is known of that state. */
const entrances: Readonly<Record<State, (record: LifeRecord) => Exchange>> = {
  running: ({ created }) => created,
  hibernated: ({ hibernated }) => hibernated.hibernated,
  stopped: ({ stopped }) => stopped.killed,
};

/** Each operation answers in each state as the document says. */
export const states: readonly Law[] = (Object.keys(exchangesByState) as State[]).flatMap((state) =>
  Object.entries(exchangesByState[state]).map(([operation, exchangeIn]) =>
    stateLaw(operation as OperationId, state, exchangeIn),
  ),
);

function stateLaw(operation: OperationId, state: State, exchangeIn: (record: LifeRecord) => Exchange): Law {
  const status = answerIn(operation, state);
  const source = pointer(operation, "responses", String(status));
  return scenarioLaw({
    id: `opencomputer/${slugs[operation]}/when-${state}`,
    requirement: levelAt(source),
    statement: `answer ${operation} on a ${state} sandbox with ${status}`,
    source,
    operations: [operation],
    scenario: life,
    judge: (record) => {
      needsSuccess(entrances[state](record));
      return judgeStatus(exchangeIn(record), { status, state });
    },
  });
}

function judgeStatus(exchange: Exchange, { status, state }: { status: number; state: State }): Breach | undefined {
  const seen = statusOf(exchange);
  if (seen === status) return undefined;
  return { reason: `${exchange.operation} on a ${state} sandbox was answered ${seen}, not ${status}`, exchange };
}
