import { parseArgs } from "node:util";
import { contracts } from "../../../conformance/index.ts";
import type { ContractName } from "../../../conformance/index.ts";
import { judgeReference } from "../../judge-reference.ts";
import { heldOutOpenComputerFaults } from "./held-out/opencomputer.ts";
import { heldOutRecoupFaults } from "./held-out/recoup.ts";
import { openComputerFaults } from "./opencomputer.ts";
import { recoupFaults } from "./recoup.ts";
import { thirdOpenComputerFaults } from "./third/opencomputer.ts";

// node test/reference/faults/measure.ts [--set first|held-out|third] [--contract NAME] [--counts] [--seeds 1,2,3] [--creates 40,200] [id…]:
// judges each fault by all laws, and prints the tables of docs/reference/unseen-faults.md: without --set those of all sets, with
// --counts without a word about single faults.

const sets = {
  first: { opencomputer: openComputerFaults, recoup: recoupFaults },
  "held-out": { opencomputer: heldOutOpenComputerFaults, recoup: heldOutRecoupFaults },
  third: { opencomputer: thirdOpenComputerFaults, recoup: {} },
};

const names = ["opencomputer", "recoup"] as const;

/** What sees a fault: the strongest kind of law that fails in every seed, and does not fail on the clean server. */
export type Sight = "MUST" | "other law" | "some seeds" | "no";

const sights: readonly Sight[] = ["MUST", "other law", "some seeds", "no"];

/** Judges a fault with this budget of creates, once for each seed. */
export async function measureFault(
  name: ContractName,
  fault: string,
  { createsMax, seeds }: { readonly createsMax: number; readonly seeds: readonly number[] },
): Promise<Sight> {
  const seen = new Set<Sight>();
  for (const seed of seeds) {
    const clean = await listAlarms(name, seed, createsMax);
    const { failed } = await judgeReference(name, { seed, createsMax, fault });
    const news = contracts[name].laws.filter(({ id }) => failed.includes(id) && !clean.includes(id));
    seen.add(news.length === 0 ? "no" : news.some(({ requirement }) => requirement === "MUST") ? "MUST" : "other law");
  }
  if (seen.has("no")) return seen.size === 1 ? "no" : "some seeds";
  return seen.has("other law") ? "other law" : "MUST";
}

const alarms = new Map<string, readonly string[]>();

/** The laws that fail on the clean server, judged once. */
async function listAlarms(name: ContractName, seed: number, createsMax: number): Promise<readonly string[]> {
  const key = `${name} ${seed} ${createsMax}`;
  const failed = alarms.get(key) ?? (await judgeReference(name, { seed, createsMax })).failed;
  alarms.set(key, failed);
  return failed;
}

type Faults = Readonly<Record<string, { readonly does: string }>>;

async function measure(
  name: ContractName,
  faults: Faults,
  {
    isCountsOnly,
    seeds,
    budgets,
  }: { readonly isCountsOnly: boolean; readonly seeds: readonly number[]; readonly budgets: readonly number[] },
): Promise<void> {
  const rows: Sight[][] = [];
  const lines: string[] = [];
  for (const [id, { does }] of Object.entries(faults)) {
    const row: Sight[] = [];
    for (const createsMax of budgets) row.push(await measureFault(name, id, { createsMax, seeds }));
    rows.push(row);
    lines.push(`| \`${id}\` | ${does} | ${row.join(" | ")} |`);
  }
  console.log(`\n| ${name}: creates | ${sights.join(" | ")} |\n| --- | --- | --- | --- | --- |`);
  for (const [index, createsMax] of budgets.entries()) {
    const counts = sights.map((sight) => rows.filter((row) => row[index] === sight).length);
    console.log(`| ${createsMax} | ${counts.join(" | ")} |`);
  }
  if (isCountsOnly) return;
  console.log(`\n| fault | a server that … | ${budgets.join(" | ")} |\n| --- | --- | --- | --- |\n${lines.join("\n")}`);
}

function choose(faults: Faults, ids: readonly string[]): Faults {
  return Object.fromEntries(Object.entries(faults).filter(([id]) => ids.length === 0 || ids.includes(id)));
}

if (import.meta.main) {
  const options = {
    set: { type: "string" },
    contract: { type: "string" },
    counts: { type: "boolean", default: false },
    seeds: { type: "string", default: "1,2,3" },
    creates: { type: "string", default: "40,200" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const chosen = Object.entries(sets).filter(([set]) => set === (values.set ?? set));
  const [seeds, budgets] = [values.seeds, values.creates].map((list) => list.split(",").map(Number)) as [
    number[],
    number[],
  ];
  if (chosen.length === 0) throw new Error(`there is no set "${values.set}", but: ${Object.keys(sets).join(", ")}`);
  for (const [set, contractFaults] of chosen) {
    console.log(`\n## ${set}`);
    for (const name of names.filter((each) => each === (values.contract ?? each))) {
      const faults = choose(contractFaults[name], positionals);
      if (Object.keys(faults).length > 0) await measure(name, faults, { isCountsOnly: values.counts, seeds, budgets });
    }
  }
}
