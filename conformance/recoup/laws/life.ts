import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { sandboxesIn } from "../sandboxes-in.ts";
import { idsOf, list, read } from "../readings.ts";
import { laterLaw, sandboxesOf } from "../../kit/law/families/scenario.ts";
import { newSandbox } from "../shared.ts";
import { pointer } from "../operations.ts";

const schema = "#/components/schemas/Sandbox";
const { initial, transitions } = document.components.schemas.Sandbox["x-lifecycle"];
const following: Readonly<Record<string, readonly string[]>> = transitions;

/** When a life is looked at, in milliseconds after the create. */
const looksMs = [200, 600, 1_500, 3_000] as const;
const bootMsMax = 15_000;
/** How much older one of two sandboxes is made, by a clock in whole seconds too. */
const apartMs = 1_100;
/** How far a target's clock may be off before a time lies in the future. */
const clockSlackMs = 5_000;

/** RFC 3339, which JSON Schema's date-time is. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** States and the times that are told of them. The order of states is known from observation alone. */
export const life: readonly Law[] = [
  {
    id: "recoup/create/initial-state",
    requirement: "MAY",
    statement: "tell that a new sandbox is pending or running",
    source: `${schema}/x-lifecycle/initial`,
    operations: ["createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, creates: 1 },
    check: async (run) => {
      const { exchange } = await run.create({});
      const state = sandboxesIn(exchange)[0]?.["sandboxStatus"];
      if ((initial as readonly unknown[]).includes(state)) return undefined;
      return { reason: `a new sandbox is ${String(state)}, not ${initial.join(" or ")}`, exchange };
    },
  },
  {
    id: "recoup/list/legal-transitions",
    requirement: "MAY",
    statement: "take a sandbox through its states in their order",
    source: `${schema}/x-lifecycle/transitions`,
    operations: ["listSandboxes", "createSandbox"],
    needs: ["waiting"],
    sandboxes: sandboxesOf(newSandbox),
    waitsMs: looksMs.at(-1)!,
    check: async (run) => {
      const { record: value, atMs } = await run.play(newSandbox);
      const { id, exchange: made } = value;
      let before = sandboxesIn(made)[0]?.["sandboxStatus"];
      return looksMs.map((afterMs) => ({
        untilMs: atMs + afterMs,
        judge: async () => {
          const { exchange, entry } = await read(run, id);
          const [from, to] = [before, entry["sandboxStatus"]];
          before = to;
          if (reachable(from).has(to)) return undefined;
          return { reason: `the sandbox was ${String(from)}, and then ${String(to)}`, exchange };
        },
      }));
    },
  },
  laterLaw({
    id: "recoup/list/becomes-running",
    requirement: "MAY",
    statement: `have a sandbox running ${bootMsMax / 1000} s after its creation`,
    source: `${schema}/x-lifecycle/transitions/pending`,
    operations: ["listSandboxes", "createSandbox"],
    scenario: newSandbox,
    afterMs: bootMsMax,
    look: async (run, { id }) => {
      const { exchange, entry } = await read(run, id);
      const state = entry["sandboxStatus"];
      if (state !== "pending" && state !== "failed") return undefined;
      return { reason: `the sandbox is ${state} ${bootMsMax / 1000} s after its creation`, exchange };
    },
  }),
  {
    id: "recoup/list/created-at-form",
    requirement: "MUST",
    statement: "tell createdAt as an RFC 3339 date-time",
    source: `${schema}/properties/createdAt/format`,
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      await run.sharedSandbox();
      const { exchange, sandboxes } = await list(run);
      const odd = sandboxes.find(({ createdAt }) => typeof createdAt !== "string" || !dateTime.test(createdAt));
      if (odd === undefined) return undefined;
      return { reason: `createdAt is ${JSON.stringify(odd["createdAt"])}, which is no date-time`, exchange };
    },
  },
  {
    id: "recoup/list/created-at-past",
    requirement: "MUST",
    statement: "tell no createdAt that lies in the future",
    source: `${schema}/properties/createdAt`,
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const { exchange, entry } = await read(run, await run.sharedSandbox());
      const aheadMs = timeOf(entry) - run.time.now();
      if (!(aheadMs > clockSlackMs)) return undefined;
      return { reason: `createdAt lies ${Math.round(aheadMs / 1000)} s in the future`, exchange };
    },
  },
  laterLaw({
    id: "recoup/list/created-at-as-created",
    requirement: "SHOULD",
    statement: "list a sandbox with the createdAt that its creation was answered with",
    source: `${schema}/properties/createdAt`,
    operations: ["listSandboxes", "createSandbox"],
    scenario: newSandbox,
    afterMs: 1_100,
    look: async (run, { id, exchange: made }) => {
      const created = sandboxesIn(made)[0]?.["createdAt"];
      const { exchange, entry } = await read(run, id);
      const listed = entry["createdAt"];
      if (created === listed) return undefined;
      return { reason: `createdAt was ${String(created)} at creation and is listed as ${String(listed)}`, exchange };
    },
  }),
  {
    id: "recoup/list/newest-first",
    requirement: "MAY",
    statement: "list the newest sandbox first",
    source: pointer("listSandboxes", "description"),
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 1, fresh: 1 },
    check: async (run) => {
      const older = await run.sharedSandbox();
      if (run.time.controlled) await run.time.pass(apartMs); // a clock that stands still has made both at once
      const newer = await run.freshSandbox();
      const { exchange, sandboxes } = await list(run);
      const times = sandboxes.map(timeOf);
      const late = times.findIndex((time, index) => index > 0 && time > times[index - 1]!);
      if (late !== -1) return { reason: `entry ${late + 1} of the list is newer than the one before it`, exchange };
      const [first, second] = [older, newer].map((id) => idsOf(sandboxes).indexOf(id));
      const areApart = times[first!] !== times[second!];
      return areApart && first! < second!
        ? { reason: `${older} is older than ${newer}, yet listed first`, exchange }
        : undefined;
    },
  },
];

/** Every state that can be seen after another: between two looks there may have been several steps, or none. */
function reachable(from: unknown): ReadonlySet<unknown> {
  const seen = new Set<unknown>([from]);
  for (const state of seen) for (const next of following[String(state)] ?? []) seen.add(next);
  return seen;
}

function timeOf({ createdAt }: JsonObject): number {
  return Date.parse(String(createdAt));
}
