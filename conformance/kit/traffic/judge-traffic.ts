import type { JudgedContract } from "../run/judged-contract.ts";
import type { Judge } from "../model/judge.ts";
import type { ObservedExchange } from "../model/observed-exchange.ts";
import { anonymous, isMaskedCaller, unknownCaller } from "./callers.ts";
import type { ObservedCall } from "./observed-traffic.ts";
import { shapeClauses } from "./shape-clauses.ts";
import type { TrafficBreach, TrafficJudge } from "./traffic-breach.ts";
import { placeText } from "./traffic-entry.ts";

export type TrafficJudgeOptions = {
  /** Whether each key is of an organisation of its own. Default: that is not known, and nothing is a breach because of it. */
  readonly keysApart?: boolean | undefined;
  /** How far lists may lag behind what was answered before, in milliseconds. Default 0. */
  readonly listsLagMs?: number | undefined;
};

/** Creates a judge: the model of the contract where it has one, else the form of each answer alone. */
export function createTrafficJudge(contract: JudgedContract, options: TrafficJudgeOptions = {}): TrafficJudge {
  return contract.model === undefined ? judgeByShape(contract) : judgeByModel(contract, contract.model, options);
}

function judgeByShape(contract: JudgedContract): TrafficJudge {
  const shapes = shapeClauses(contract);
  const judged = new Set<string>();
  return {
    laws: shapes.laws,
    take: (call) => {
      const { exchange, isAnswerWhole } = call;
      const law = exchange === undefined ? undefined : shapes.lawOf(exchange);
      if (law === undefined || exchange === undefined || !isAnswerWhole) return [];
      judged.add(law.id);
      const reason = shapes.judge(exchange);
      return reason === undefined ? [] : [{ law: law.id, reason, call }];
    },
    finish: () => [],
    isJudged: ({ id }) => judged.has(id),
  };
}

/** An exchange as the model sees it, with where it stands. */
type Placed = ObservedExchange & { readonly call: ObservedCall };

function judgeByModel(
  { laws }: JudgedContract,
  { createJudge, ids }: NonNullable<JudgedContract["model"]>,
  { keysApart = false, listsLagMs = 0 }: TrafficJudgeOptions,
): TrafficJudge {
  let isOfRun = false;
  // Keys may be of one organisation, or each of its own: a breach is one that is a breach either way.
  const create = () => createJudge({ listsLagMs });
  const createAll = () => (keysApart || isOfRun ? [create()] : [create(), create()]);
  const answered = new Set<string>();
  const valid = new Set<string>(); // callers that were not turned away
  let judges = createAll();
  let agreement = createAgreement(judges.length);
  let number = 0;
  const finish = () => judges.flatMap((judge, index) => agreement.take(index, tell(judge.finish())));
  return {
    laws: laws.filter(({ id }) => ids.has(id)),
    take: (call) => {
      const { exchange, isRequestWhole, isAnswerWhole, operation, path, request, sentAtMs, answeredAtMs } = call;
      const isReading = request.method === "GET" || request.method === "HEAD";
      if (isReading && (!isAnswerWhole || exchange === undefined)) return [];
      // Who leaves out keys leaves out tokens, too.
      if (operation === "preview" && call.caller === unknownCaller) return [];
      if (!isRequestWhole) {
        // What was changed is not known, nor is anything of it any more.
        const found = finish();
        judges = createAll();
        agreement = createAgreement(judges.length);
        return found;
      }
      if (number === 0 && isMaskedCaller(call.caller)) {
        isOfRun = true;
        judges = createAll();
        agreement = createAgreement(judges.length);
      }
      if (exchange !== undefined) answered.add(operation);
      number += 1;
      const response = isAnswerWhole ? exchange?.response : undefined;
      const actor = actorOf(call, valid);
      const placed: Placed = { number, actor, operation, path, request, response, sentAtMs, answeredAtMs, call };
      return judges.flatMap((judge, index) => {
        const seen = index === 0 || actor === undefined ? placed : { ...placed, actor: "one" };
        return agreement.take(index, tell(judge.take(seen)));
      });
    },
    finish,
    isJudged: ({ operations }) => operations.some((operation) => answered.has(operation)),
  };
}

function tell(found: ReturnType<Judge["finish"]>): readonly TrafficBreach[] {
  return found.map(({ clause, reason, exchange }) => ({ law: clause, reason, call: (exchange as Placed).call }));
}

/** So many breaches are held until the others tell them, too. */
const heldMax = 10_000;

/** Hands on what all of some judges tell, whenever each of them does. */
function createAgreement(judges: number) {
  const told = new Map<string, Set<number>>();
  return {
    take: (judge: number, breaches: readonly TrafficBreach[]): readonly TrafficBreach[] => {
      if (judges === 1) return breaches;
      return breaches.filter(({ law, call }) => {
        const key = `${law} ${placeText(call.place)}`;
        const by = (told.get(key) ?? new Set<number>()).add(judge);
        told.set(key, by);
        if (told.size > heldMax) told.delete(told.keys().next().value!);
        return by.size === judges && told.delete(key);
      });
    },
  };
}

/** Whose valid credential a request carried. A key that was never taken may well be none. */
function actorOf({ operation, caller, exchange }: ObservedCall, valid: Set<string>): string | undefined {
  if (operation === "preview" || caller === anonymous || caller === unknownCaller) return undefined;
  const status = exchange?.response.status;
  if (status === 401 || status === 403) return undefined;
  if (status !== undefined && status < 300) valid.add(caller);
  return valid.has(caller) ? caller : undefined;
}
