import { InvalidArgumentError } from "commander";
import type { FaultSetting, KnownFault } from "../../mocks/index.ts";

const form = "It is ID, or ID:name=value,name=value: create-answers-200:times=3.";

/**
 * Reads a fault as the command line names it: `latency:ms=200,probability=0.5`. Whether there is such a fault is for the
 * mock to say.
 *
 * @throws InvalidArgumentError for a text that is not of this form
 */
export function parseFaultFlag(text: string): FaultSetting {
  const [id = "", rest] = splitOnce(text, ":");
  if (id === "") throw new InvalidArgumentError(form);
  const pairs = (rest === undefined ? [] : rest.split(",")).map((pair) => splitOnce(pair, "="));
  const limits: { times?: number; probability?: number; operation?: string } = {};
  const options: Record<string, number> = {};
  for (const [name = "", value] of pairs) {
    if (name === "" || !value) throw new InvalidArgumentError(form);
    if (name === "operation") limits.operation = value;
    else if (name === "times" || name === "probability") limits[name] = parseNumber(name, value);
    else options[name] = parseNumber(name, value);
  }
  return { id, ...limits, ...(Object.keys(options).length === 0 ? {} : { options }) };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function parseNumber(name: string, text: string): number {
  if (text.trim() === "" || !Number.isFinite(Number(text))) {
    throw new InvalidArgumentError(`${name} is a number, not "${text}".`);
  }
  return Number(text);
}

/** Lists faults for people: one line each, and one for each of its options. */
export function formatFaultList(faults: readonly KnownFault[]): string {
  const idWidth = Math.max(...faults.map(({ id }) => id.length));
  const aliasWidth = Math.max(...faults.map(({ alias = "" }) => alias.length));
  const contractWidth = Math.max(...faults.map(({ contract }) => contract.length));
  const indent = " ".repeat(idWidth + aliasWidth + contractWidth + "      ".length);
  const lines = mergeContracts(faults).flatMap(({ id, alias = "", contract, summary, options = {} }) => [
    `${id.padEnd(idWidth)}  ${alias.padEnd(aliasWidth)}  ${contract.padEnd(contractWidth)}  ${summary}`,
    ...Object.entries(options).map(([name, option]) => `${indent}  ${name}=${option.default}  ${option.meaning}`),
  ]);
  const limits = "Limit any of them: ID:times=3,probability=0.5,operation=createSandbox";
  return `A mock with --fault ID …\n\n${lines.join("\n")}\n\n${limits}\n`;
}

// What does the same in both contracts is one line.
function mergeContracts(faults: readonly KnownFault[]): KnownFault[] {
  const merged = new Map<string, KnownFault>();
  for (const fault of faults) {
    const key = `${fault.id} ${fault.summary}`;
    merged.set(key, merged.has(key) ? { ...fault, contract: "both" } : fault);
  }
  return [...merged.values()].sort((one, other) => compareNames(sortedBy(one), sortedBy(other)));
}

// By alias, and what has none after those that have one.
const sortedBy = ({ id, alias }: KnownFault) => alias ?? `~${id}`;

function compareNames(one: string, other: string): number {
  const isLast = (name: string) => Number(name.startsWith("~"));
  return isLast(one) - isLast(other) || one.localeCompare(other, "en", { numeric: true });
}
