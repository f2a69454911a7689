import type { Breach } from "../../kit/law/case.ts";
import { isObject } from "../../kit/law/schema.ts";
import { isEnvironmental, isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { TransientFailure } from "../../kit/law/unjudged.ts";
import { beyondPlan } from "../attempt.ts";
import { needs } from "../../kit/law/precondition.ts";
import { answered, listedIds, stateIn } from "../readings.ts";
import { life } from "../scenarios/life.ts";
import { sizes } from "../scenarios/sizes.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";
import { modelLaws } from "./model-laws.ts";
import { sharedLaw } from "./shared-law.ts";

/** What a server remembers of the sandboxes that it made. */
export const sandboxes: readonly Law[] = [
  {
    id: "opencomputer/create/unique-ids",
    requirement: "MUST",
    statement: "give each sandbox an id of its own",
    source: "#/components/schemas/CreateSandboxResponse/properties/sandboxID",
    operations: ["createSandbox"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => sameIds(await twoSandboxes(run)),
  },
  {
    id: "opencomputer/get/read-back",
    requirement: "SHOULD",
    statement: "answer the reading of each created sandbox with that sandbox",
    source: pointer("getSandbox", "responses", "200"),
    operations: ["getSandbox", "createSandbox"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => {
      const ids = await twoSandboxes(run);
      for (const id of ids) {
        const exchange = await read(run, id);
        const { status } = exchange.response;
        if (status !== 200) return { reason: `${id} was created, yet reading it was answered ${status}`, exchange };
        const { sandboxID } = entryOf(exchange);
        if (sandboxID !== id) return { reason: `reading ${id} was answered with ${String(sandboxID)}`, exchange };
      }
      return sameIds(ids);
    },
  },
  {
    id: "opencomputer/get/unknown-id",
    requirement: "SHOULD",
    statement: "answer the reading of a sandbox that never was with 404 and the documented error",
    source: pointer("getSandbox", "responses", "404"),
    operations: ["getSandbox"],
    needs: ["memory"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const exchange = await read(run, run.absentId());
      const { status } = exchange.response;
      return status === 404 ? undefined : { reason: `an id that never was is answered ${status}, not 404`, exchange };
    },
  },
  sharedLaw({
    id: "opencomputer/get/started-at-fixed",
    requirement: "SHOULD",
    statement: "tell the same startedAt each time a sandbox is read",
    source: "#/components/schemas/Sandbox/properties/startedAt",
    operations: ["getSandbox"],
    needs: [],
    check: async (run, id) => {
      const first = entryOf(await read(run, id))["startedAt"];
      const exchange = await read(run, id);
      const second = entryOf(exchange)["startedAt"];
      if (first === second) return undefined;
      return { reason: `startedAt was ${String(first)} at first and ${String(second)} later`, exchange };
    },
  }),
  {
    id: "opencomputer/list/read-back",
    requirement: "SHOULD",
    statement: "list each running sandbox of the caller",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "createSandbox"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => {
      const ids = await twoSandboxes(run);
      const exchange = await run.send({ operation: "listSandboxes" });
      const listed = listedIds(exchange);
      const missing = ids.find((id) => !listed.includes(id));
      if (missing === undefined) return sameIds(ids);
      needs(stateIn(await read(run, missing)) === "running", "a sandbox that runs"); // its timeout is another law
      return { reason: `${missing} was created and runs, yet the list lacks it`, exchange };
    },
  },
  {
    id: "opencomputer/list/newest-first",
    requirement: "SHOULD",
    statement: "list the newest sandbox first",
    source: pointer("listSandboxes"),
    operations: ["listSandboxes"],
    needs: ["memory"],
    sandboxes: noSandboxes, // every list of a run shows it
  },
  scenarioLaw({
    id: "opencomputer/create/unique-at-once",
    requirement: "MUST",
    statement: "give sandboxes ids of their own that are created at once",
    source: "#/components/schemas/CreateSandboxResponse/properties/sandboxID",
    operations: ["createSandbox"],
    scenario: sizes,
    judge: ({ sized: [one, other] }) => sameIds([one!.id, other!.id]),
  }),
  scenarioLaw({
    id: "opencomputer/create/accepts-tiers",
    requirement: "MUST",
    statement:
      "accept a create with a tier, and with one of its numbers alone, unless the plan does not reach that far",
    source: "#/x-tiers",
    operations: ["createSandbox"],
    scenario: sizes,
    judge: ({ sized }) => {
      const refused = sized.find(
        ({ attempt: { exchange } }) => !isSuccess(exchange) && exchange.response.status !== beyondPlan,
      );
      if (refused === undefined) return undefined;
      const { body, exchange } = refused.attempt;
      if (isEnvironmental(exchange)) throw new TransientFailure(answered(exchange), { exchange });
      const reason = `a create with a tier was answered ${exchange.response.status}`;
      return { reason, exchange, counterexample: body };
    },
  }),
  ...modelLaws(life, {
    // A sandbox that runs on costs money, which makes a MUST of what the public pages say.
    "kill/stops": [
      "MUST",
      "stop a sandbox that was killed: it is never again read or listed as running",
      pointer("killSandbox", "responses", "204"),
      ["killSandbox", "getSandbox", "listSandboxes"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/kill/spares-others",
    requirement: "MUST",
    statement: "stop no sandbox beside the one that is killed, be it running or hibernated",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "getSandbox"],
    scenario: sizes,
    judge: ({ spared }) => {
      const hit = spared.find(
        ({ id, beside, before, killed, after }) =>
          id !== beside && isSuccess(killed) && isAlive(before) && isSuccess(after) && !isAlive(after),
      );
      if (hit === undefined) return undefined;
      const { id, beside, before, after: exchange } = hit;
      return { reason: `${beside} was ${stateIn(before)}, and ${stateIn(exchange)} once ${id} was killed`, exchange };
    },
  }),
];

async function twoSandboxes(run: LawRun): Promise<readonly [string, string]> {
  return [await run.sharedSandbox(0), await run.sharedSandbox(1)];
}

function isAlive(reading: Exchange): boolean {
  return ["running", "hibernated"].includes(stateIn(reading) ?? "");
}

/** Sandboxes that cannot be told apart cannot be read back either: whatever is read might be the other. */
function sameIds([first, second]: readonly [string, string]): Breach | undefined {
  return first === second ? { reason: `two creates were answered with the same id, ${first}` } : undefined;
}

function read(run: LawRun, id: string): Promise<Exchange> {
  return run.send({ operation: "getSandbox", path: { id } });
}

function entryOf({ response }: Exchange): Readonly<Record<string, unknown>> {
  return isObject(response.json) ? response.json : {};
}
