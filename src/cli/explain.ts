import { Command } from "commander";
import type { ContractName, Exchange, Law, RecordingEntry } from "../../conformance/command.ts";
import { ContractError } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";
import { isOfClause } from "./kill-matrix.ts";
import { judgeMock } from "./self-test-run.ts";

/**
 * Creates `sandglass explain`, which tells what a law asks for and why, with an exchange that keeps it, one that breaks it,
 * and the mock's faults that it sees. The exchanges are had from the mock in this process.
 *
 * Parsing rejects with a {@link ContractError} `CONFIG_INVALID` for a law that there is not.
 */
export function createExplainCommand(): Command {
  return new Command("explain")
    .description("tell what a law asks for, and show an exchange that keeps it and one that breaks it")
    .argument("<law>", "the id of a law: opencomputer/kill/stays-dead")
    .action(async (id: string) => {
      for (const line of await explain(id)) process.stdout.write(`${line}\n`);
    });
}

async function explain(id: string): Promise<readonly string[]> {
  const { contracts, clauseOf, createClauseFiles } = await import("../../conformance/command.ts");
  const { faults } = await import("../../mocks/index.ts");
  const { listKnownLaws } = await import("./known-laws.ts");
  const found = listKnownLaws().find(({ law }) => law.id === id);
  if (found === undefined) throw unknownLaw(id);
  const { contract, law, isOfPrism } = found;
  const name = contract.name as ContractName;
  const place = createClauseFiles(contracts)(name, law.source);
  const clause = clauseOf(contract, law.source);
  const rule = [
    id,
    `  A server ${law.requirement} ${law.statement}.`,
    `  Source: ${law.source}${place === undefined ? "" : ` (${place.file}:${place.line})`}`,
    ...clause.map((line) => `    ${line}`),
    `  Operations: ${law.operations.join(", ")}`,
    ...(law.needs.length === 0 ? [] : [`  Needs: ${law.needs.join(", ")}`]),
  ];
  if (isOfPrism) return [...rule, "  Told by sandglass proxy, of what goes through it. No run judges it."];
  const shown = faults.filter((fault) => fault.contract === name && isOfClause(name, fault.id, id));
  const { kept } = await exchangesOf(name, law, []);
  const breach = await findBreach(name, law, shown);
  return [
    ...rule,
    ...(kept === undefined ? [] : ["  An exchange that keeps it:", ...lines(kept)]),
    ...(breach === undefined
      ? []
      : [`  One that breaks it (the mock with the fault ${breach.fault}):`, ...lines(breach.exchange)]),
    shown.length === 0
      ? "  No fault of the mock shows it."
      : `  Faults of the mock that show it: ${shown.map((fault) => `${fault.id} (a mock that ${fault.summary})`).join("; ")}`,
  ];
}

function unknownLaw(id: string): ContractError {
  const message = `there is no law "${id}": docs/reference/laws.md lists them, and so does conform --plan`;
  return new ContractError("CONFIG_INVALID", message);
}

/** The last exchange of a law about its operation, on a mock with these faults; and what it found to be broken. */
async function exchangesOf(contract: ContractName, law: Law, faults: readonly { readonly id: string }[]) {
  const own: Exchange[] = [];
  const record = (entry: RecordingEntry) => {
    if (entry.kind === "exchange" && entry.purpose === law.id) own.push(entry.exchange);
  };
  const [judged] = await judgeMock({ contract, seed: 1, faults, laws: [law], record });
  const kept = own.findLast(({ operation }) => operation === law.operations[0]) ?? own.at(-1);
  const finding = judged?.outcome.finding;
  return { kept, broken: finding?.exchange, last: finding?.exchanges?.at(-1) };
}

/** An exchange that breaks the law by itself, on the first of the faults that has one; else the last one of a breach. */
async function findBreach(contract: ContractName, law: Law, faults: readonly { readonly id: string }[]) {
  let found: { readonly fault: string; readonly exchange: Exchange } | undefined;
  for (const { id } of faults) {
    const { broken, last } = await exchangesOf(contract, law, [{ id }]);
    if (broken !== undefined) return { fault: id, exchange: broken };
    if (last !== undefined) found ??= { fault: id, exchange: last };
  }
  return found;
}

const charactersMax = 300;

function lines({ request, response }: Exchange): readonly string[] {
  const { pathname, search } = new URL(request.url);
  return [
    `    > ${request.method} ${pathname}${search}${request.body === undefined ? "" : ` ${cut(request.body)}`}`,
    `    < ${response.status} ${cut(response.body)}`,
  ].map(printable);
}

function cut(text: string): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}
