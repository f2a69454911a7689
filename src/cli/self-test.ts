import { styleText } from "node:util";
import { Command } from "commander";
import { ContractError } from "../contract/contract-error.ts";
import { contractListOrAll, contractNames } from "./contract-names.ts";
import { transientFailures } from "./fault-laws.ts";
import type { KillRow } from "./kill-matrix.ts";

type RawSelfTestOptions = { readonly seeds: string; readonly fault?: readonly string[]; readonly json?: boolean };

const seedsMax = 1_000;

/**
 * Creates `sandglass self-test`, which runs the mock in this process with each of its faults, judges it by the laws, and
 * prints which laws saw which fault.
 *
 * It sets `process.exitCode`: 0 where each fault is seen by laws of its clause and by no others, and nothing fails without
 * one; 1 otherwise. Parsing rejects with a {@link ContractError} `CONFIG_INVALID` for a fault that there is not.
 */
export function createSelfTestCommand(): Command {
  return new Command("self-test")
    .description("prove the laws on the mock: each fault has to fail its own laws, and no others")
    .argument("[contract]", contractListOrAll, "all")
    .option("--seeds <number>", "how many seeds to run each fault with", "1")
    .option("--fault <id>", "only this fault, again for each", collect)
    .option("--json", "print the matrix as JSON")
    .action(async (contract: string, raw: RawSelfTestOptions) => {
      process.exitCode = await selfTest(contract, raw);
    });
}

async function selfTest(
  contract: string,
  { seeds: seedsText, fault, json = false }: RawSelfTestOptions,
): Promise<number> {
  const { faults, isNameOf } = await import("../../mocks/index.ts");
  const { isSound, killRow } = await import("./kill-matrix.ts");
  const wanted = contractNames.filter((name) => contract === "all" || contract === name);
  if (wanted.length === 0) throw invalid(`there is no contract "${contract}": it is ${contractListOrAll}`);
  const seeds = parseSeeds(seedsText);
  const known = faults.filter(
    (each) => wanted.some((name) => name === each.contract) && !transientFailures.includes(each.id),
  );
  const unknown = fault?.find((id) => !known.some((each) => isNameOf(each, id)));
  if (unknown !== undefined) throw invalid(`there is no fault "${unknown}": sandglass mock --list-faults names them`);
  const rows: KillRow[] = [];
  for (const name of wanted) {
    const chosen = known.filter(
      (each) => each.contract === name && (fault?.some((name) => isNameOf(each, name)) ?? true),
    );
    for (const each of [undefined, ...chosen]) {
      const row = await killRow({ contract: name, seeds, ...(each === undefined ? {} : { fault: each }) });
      rows.push(row);
      if (!json) print(rowLines(row, isSound(row)));
    }
  }
  if (json) print([JSON.stringify(rows, null, 2)]);
  else print(summaryLines(rows, isSound));
  return rows.every(isSound) ? 0 : 1;
}

function rowLines(row: KillRow, sound: boolean): readonly string[] {
  const { contract, fault, summary, killedIn, seeds, killedBy, unrelated } = row;
  const mark = styleText(sound ? "green" : "red", sound ? "✓" : "✗", { stream: process.stdout });
  const often = fault === null ? `${seeds} ${seeds === 1 ? "seed" : "seeds"}` : `seen in ${killedIn} of ${seeds}`;
  return [
    `${mark} ${contract} ${fault ?? "(no fault)"}  a mock that ${summary}: ${often}`,
    ...(Object.keys(killedBy).length === 0 ? [] : [`    by ${listed(killedBy, seeds)}`]),
    ...(Object.keys(unrelated).length === 0 ? [] : [`    unrelated: ${listed(unrelated, seeds)}`]),
  ];
}

function listed(counts: Readonly<Record<string, number>>, seeds: number): string {
  return Object.entries(counts)
    .map(([id, times]) => (times === seeds ? id : `${id} (${times} of ${seeds})`))
    .join(", ");
}

function summaryLines(rows: readonly KillRow[], isSound: (row: KillRow) => boolean): readonly string[] {
  const faulty = rows.filter(({ fault }) => fault !== null);
  const seen = faulty.filter(({ killedIn }) => killedIn > 0).length;
  const unrelated = rows.filter((row) => Object.keys(row.unrelated).length > 0).length;
  const odd = rows.filter((row) => !isSound(row)).map(({ contract, fault }) => `${contract} ${fault ?? "(no fault)"}`);
  return [
    `${seen} of ${faulty.length} faults seen, ${unrelated} with unrelated laws`,
    ...(odd.length === 0 ? [] : [`to look at: ${odd.join(", ")}`]),
  ];
}

function parseSeeds(text: string): readonly number[] {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > seedsMax) {
    throw invalid(`--seeds ${text}: write a whole number from 1 to ${seedsMax}`);
  }
  return Array.from({ length: count }, (_, index) => index + 1);
}

function invalid(message: string): ContractError {
  return new ContractError("CONFIG_INVALID", message);
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
