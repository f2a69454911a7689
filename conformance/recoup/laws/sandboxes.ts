import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { sandboxesIn } from "../sandboxes-in.ts";
import { sandboxesOf, showing } from "../../kit/law/families/scenario.ts";
import { newSandbox } from "../shared.ts";
import { pointer } from "../operations.ts";

/** Long enough that a clock in whole seconds shows it. */
const betweenReadsMs = 1_100;

/** What a server remembers of the sandboxes that it made. */
export const sandboxes: readonly Law[] = [
  {
    id: "recoup/create/unique-ids",
    requirement: "MUST",
    statement: "give each sandbox an id of its own",
    source: "#/components/schemas/Sandbox/properties/sandboxId",
    operations: ["createSandbox"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: showing(async (run) => {
      for (const index of [0, 1]) await run.sharedSandbox(index);
    }),
  },
  {
    id: "recoup/list/read-back",
    requirement: "SHOULD",
    statement: "list a created sandbox, and no other, when it is asked for by sandbox_id",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "createSandbox"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: showing(async (run) => {
      for (const index of [0, 1]) await list(run, await run.sharedSandbox(index));
    }),
  },
  {
    id: "recoup/list/unknown-id",
    requirement: "SHOULD",
    statement: "list nothing when asked for a sandbox that never was",
    source: pointer("listSandboxes", "parameters", "0"),
    operations: ["listSandboxes"],
    needs: ["memory"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const exchange = await list(run, run.absentId());
      const count = sandboxesIn(exchange).length;
      return count === 0 ? undefined : { reason: `an id that never was lists ${count} sandboxes`, exchange };
    },
  },
  {
    id: "recoup/list/created-at-fixed",
    requirement: "SHOULD",
    statement: "tell the same createdAt each time a sandbox is listed",
    source: "#/components/schemas/Sandbox/properties/createdAt",
    operations: ["listSandboxes"],
    needs: ["waiting"],
    sandboxes: sandboxesOf(newSandbox),
    waitsMs: betweenReadsMs,
    check: async (run) => {
      const { id } = (await run.play(newSandbox)).record;
      const first = createdAt(await list(run, id));
      const judge = async (): Promise<Breach | undefined> => {
        const exchange = await list(run, id);
        const second = createdAt(exchange);
        if (first === second) return undefined;
        return { reason: `createdAt was ${String(first)} at first and ${String(second)} later`, exchange };
      };
      return [{ untilMs: run.time.now() + betweenReadsMs, judge }];
    },
  },
];

function list(run: LawRun, id: string): Promise<Exchange> {
  return run.send({ operation: "listSandboxes", query: { sandbox_id: id } });
}

function createdAt(exchange: Exchange): unknown {
  return sandboxesIn(exchange)[0]?.["createdAt"];
}
