import fc from "fast-check";
import type { Breach, Case } from "../../kit/law/case.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import { needs } from "../../kit/law/precondition.ts";
import { ask } from "../readings.ts";
import { pointer } from "../operations.ts";

/** Bodies that break one rule each, as they are sent. */
const brokenBodies = {
  "cut off": '{"command":',
  empty: "",
  "no object": "[]",
  null: "null",
  "empty command": '{"command":""}',
  "empty prompt": '{"prompt":""}',
  "wrong type": '{"command":7}',
  "wrong item": '{"command":"true","args":["a",1]}',
  "no UUID": '{"account_id":"me"}',
  "command and prompt": '{"command":"true","prompt":"Say nothing."}',
} as const;

const cases = Object.entries(brokenBodies).map(([name, text]): Case<string> => ({
  name,
  arbitrary: fc.constant(text),
}));

/** A sandbox that no answer names costs money until its time is up. */
export const createsNothing: readonly Law[] = [
  {
    id: "recoup/create/refused-creates-nothing",
    requirement: "MUST",
    statement: "create no sandbox where it refuses a create for its body",
    source: pointer("createSandbox", "responses", "400"),
    operations: ["createSandbox", "listSandboxes"],
    needs: [],
    sandboxes: noSandboxes,
    check: (run) => run.judgeCases(cases, (text) => judgeRefused(run, { operation: "createSandbox", text })),
  },
  {
    id: "recoup/create/stranger-creates-nothing",
    requirement: "MUST",
    statement: "create no sandbox where it refuses a create for its credentials",
    source: pointer("createSandbox", "responses", "401"),
    operations: ["createSandbox", "listSandboxes"],
    needs: [],
    sandboxes: noSandboxes,
    check: async (run) => {
      const both = (key: string) => ({ "x-api-key": key, authorization: `Bearer ${key}` });
      for (const credentials of ["none", { key: run.unknownKey() }, both] as const) {
        const breach = await judgeRefused(run, { operation: "createSandbox", json: {}, credentials });
        if (breach !== undefined) return breach;
      }
      return undefined;
    },
  },
];

/** Looks at the account's list afterwards. A request that was not refused is another law's business. */
export async function judgeRefused(run: LawRun, call: ApiCall): Promise<Breach | undefined> {
  const exchange = await ask(run, { ...call, refusable: true });
  if (isSuccess(exchange)) return undefined;
  const strays = await run.strays();
  needs(strays !== undefined, "the list of sandboxes");
  const stray = strays.find((each) => each.exchange === exchange);
  if (stray === undefined) return undefined;
  const { status } = exchange.response;
  return { reason: `a create was refused with ${status}, yet ${stray.id} is listed after it`, exchange };
}
