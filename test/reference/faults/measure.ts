import { contracts } from "../../../conformance/index.ts";
import type { ContractName } from "../../../conformance/index.ts";
import { judgeReference } from "../../judge-reference.ts";
import { openComputerFaults } from "./opencomputer.ts";
import { recoupFaults } from "./recoup.ts";

// node test/reference/faults/measure.ts [id…]: judges each fault by all laws, and prints docs/reference/unseen-faults.md's tables.

const faults = { opencomputer: openComputerFaults, recoup: recoupFaults };
const budgets = [40, 200];
const seeds = [1, 2, 3];

/** What sees a fault: the strongest kind of law that fails in every seed, and does not fail on the clean server. */
export type Sight = "MUST" | "other law" | "some seeds" | "no";

const sights: readonly Sight[] = ["MUST", "other law", "some seeds", "no"];

/** Judges a fault with this budget of creates, once for each seed. */
export async function measureFault(name: ContractName, fault: string, createsMax: number): Promise<Sight> {
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

async function measure(name: ContractName, wanted: readonly string[]): Promise<void> {
  const ids = Object.keys(faults[name]).filter((id) => wanted.length === 0 || wanted.includes(id));
  const rows: Sight[][] = [];
  const lines: string[] = [];
  for (const id of ids) {
    const row: Sight[] = [];
    for (const createsMax of budgets) row.push(await measureFault(name, id, createsMax));
    rows.push(row);
    lines.push(`| \`${id}\` | ${faults[name][id]?.does} | ${row.join(" | ")} |`);
  }
  console.log(`\n| ${name}: creates | ${sights.join(" | ")} |\n| --- | --- | --- | --- | --- |`);
  for (const [index, createsMax] of budgets.entries()) {
    const counts = sights.map((sight) => rows.filter((row) => row[index] === sight).length);
    console.log(`| ${createsMax} | ${counts.join(" | ")} |`);
  }
  console.log(`\n| fault | a server that … | ${budgets.join(" | ")} |\n| --- | --- | --- | --- |\n${lines.join("\n")}`);
}

if (import.meta.main) {
  for (const name of ["opencomputer", "recoup"] as const) await measure(name, process.argv.slice(2));
}
