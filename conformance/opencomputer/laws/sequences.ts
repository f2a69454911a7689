import fc from "fast-check";
import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isEnvironmental, isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";

import type { LawRun } from "../../kit/law/law-run.ts";
import { TransientFailure } from "../../kit/law/unjudged.ts";
import { explorationLaw } from "../../kit/explore/explore.ts";
import { exploration } from "../model/exploration.ts";
import { kill } from "../calls.ts";
import { lookAt, send, sequenceSpec } from "../commands.ts";
import { created, linearize } from "../sequence-model.ts";
import type { SandboxModel, Step } from "../sequence-model.ts";
import { answered } from "../readings.ts";

const operations = [
  ...["getSandbox", "listSandboxes", "hibernateSandbox", "wakeSandbox", "killSandbox"],
  ...["getSandboxTags", "replaceSandboxTags", "createPreview", "listPreviews", "deletePreview"],
  ...["rotatePreviewToken", "setSandboxTimeout"],
];

/** Steps that may be under way at once. None ends the sandbox: the next round goes on with it. */
const concurrent: readonly Step[] = [
  { operation: "hibernateSandbox" },
  { operation: "wakeSandbox" },
  { operation: "replaceSandboxTags", tags: { by: "one" } },
  { operation: "replaceSandboxTags", tags: { by: "two" } },
  { operation: "createPreview", port: 3000 },
  { operation: "deletePreview", port: 3000 },
  { operation: "setSandboxTimeout", timeout: 300 },
  { operation: "rotatePreviewToken" },
];

/** Rounds of a history, and steps at once in each: enough to collide, few enough to try all orders. */
const roundsMax = 4;
const stepsMax = 4;

const history = fc.array(fc.array(fc.constantFrom(...concurrent), { minLength: 2, maxLength: stepsMax }), {
  minLength: 2,
  maxLength: roundsMax,
});

const ofLifeCycle = /\/(when-[a-z]+|final|stops|hibernates|runs-again|sleeps-on)$/;
const ofLateness = /\/timeout-(fires|default|kept|replaced)$|set-timeout\/replaces$/;
const ofTimeouts = /^opencomputer\/(create\/timeout-|set-timeout\/(never|replaces|restarts)|wake\/timeout-)/;

/** What follows on what, in any order, and at once. */
export const sequences: readonly Law[] = [
  explorationLaw({
    exploration,
    operations,
    id: "opencomputer/sequence/tour",
    requirement: "SHOULD",
    statement: "keep to the life cycle whatever operation follows on whatever other, and leave other sandboxes alone",
    source: "#/components/schemas/SandboxStatus",
    needs: ["memory"],
    isOfLaw: (clause, isBeside) =>
      isBeside ? !(/foreign|hidden|running-only/.test(clause) || ofLateness.test(clause)) : ofLifeCycle.test(clause),
  }),
  {
    id: "opencomputer/sequence/linearizable",
    requirement: "SHOULD",
    statement: "answer operations at once as if they came one after the other in some order",
    source: "#/components/schemas/SandboxStatus",
    operations,
    needs: ["memory"],
    sandboxes: { ...noSandboxes, creates: 1 },
    check: (run) => run.judgeCases([{ name: "history", arbitrary: history }], (rounds) => judgeHistory(run, rounds)),
  },
  explorationLaw({
    exploration,
    operations,
    id: "opencomputer/sequence/timeout-kept",
    requirement: "MUST",
    statement: "hibernate a sandbox by the timeout that was set last, whatever operations came before and after",
    source: "#/x-idle-timeout/keptOver",
    needs: ["memory", "clock-control"],
    isOfLaw: (clause) => ofTimeouts.test(clause),
  }),
  {
    id: "opencomputer/sequence/random",
    requirement: "SHOULD",
    statement: "keep to the life cycle through random sequences of operations",
    source: "#/components/schemas/SandboxStatus",
    operations,
    needs: ["memory"],
    sandboxes: { ...noSandboxes, creates: 1, deepens: true },
    check: (run) => run.sequence(sequenceSpec(run, { share: 0.5 })),
  },
];

async function judgeHistory(run: LawRun, rounds: readonly (readonly Step[])[]): Promise<Breach | undefined> {
  const { id } = await run.create({ timeout: 300 });
  let possible: readonly SandboxModel[] = [created];
  for (const steps of rounds) {
    const exchanges = await run.together(steps.map((step) => () => send(run, id, step)));
    const seen = exchanges.map((exchange, index) => ({ step: steps[index]!, status: statusOf(exchange) }));
    possible = possible.flatMap((model) => linearize(model, seen));
    if (possible.length === 0) {
      return { reason: `no order explains ${exchanges.map(answered).join(", ")}`, exchange: exchanges[0]! };
    }
    const breach = await lookAtPossible(run, id, possible);
    if ("reason" in breach) return breach;
    possible = breach.left;
  }
  await kill(run, id);
  return undefined;
}

/** What of the possible states is really there; a breach where none is. */
async function lookAtPossible(
  run: LawRun,
  id: string,
  possible: readonly SandboxModel[],
): Promise<Breach | { readonly left: readonly SandboxModel[] }> {
  const left: SandboxModel[] = [];
  let breach: Breach | undefined;
  for (const model of possible) {
    const different = await lookAt(run, id, model);
    if (different === undefined) left.push(model);
    else breach = different;
  }
  if (left.length > 0 || breach === undefined) return { left };
  return { ...breach, reason: `no order of what was answered leads there: ${breach.reason}` };
}

function statusOf(exchange: Exchange): number {
  if (!isSuccess(exchange) && isEnvironmental(exchange)) throw new TransientFailure(answered(exchange));
  return exchange.response.status;
}
