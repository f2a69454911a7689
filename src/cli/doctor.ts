import { Argument, Command } from "commander";
import type { ContractName } from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";
import {
  checkKeys,
  checkNode,
  checkPeers,
  checkPort,
  checkPreviewNames,
  checkProxies,
  checkTls,
  type Diagnosis,
  type Health,
} from "./doctor-checks.ts";
import { loadConfig } from "./mock-config.ts";
import type { Startable } from "./mock-contracts.ts";
import { findPeers, installCommand, optionalPeers } from "./optional-peers.ts";
import { readOwnPackage } from "./own-package.ts";
import { type Color, color } from "./terminal-text.ts";

type DoctorFlags = { readonly url?: string; readonly key?: string };

const examples = `
Examples:
  sandglass doctor
  sandglass doctor opencomputer --url https://sandboxes.example     with SANDGLASS_KEY, or --key`;

/**
 * The command `doctor`: what is wrong on this machine, and what to do about it. It sets `process.exitCode`: 0 where nothing
 * is in the way, 2 where something is.
 *
 * @param contracts - those that can be mocked
 */
export function createDoctorCommand(contracts: readonly Startable[]): Command {
  const names = contracts.map(({ contract }) => contract);
  return new Command("doctor")
    .description("say what is wrong on this machine, and what to do about it")
    .addHelpText("after", examples)
    .addArgument(new Argument("[contract]", "whose deployment --url names").choices(names))
    .option("--url <url>", "a deployment that has to be reached")
    .option("--key <key>", "the key to reach it with, or SANDGLASS_KEY in the environment")
    .action(async (contract: ContractName | undefined, flags: DoctorFlags) => {
      const found = await examine(contracts, contract, flags);
      const width = Math.max(...found.map(({ subject }) => subject.length));
      for (const { health, subject, text } of found) {
        console.log(`${color(colors[health], health.padEnd(5))}  ${subject.padEnd(width)}  ${printable(text)}`);
      }
      const wrong = found.filter(({ health }) => health === "wrong").length;
      console.log(
        wrong === 0 ? "\nNothing is in the way." : `\n${wrong} ${wrong === 1 ? "thing is" : "things are"} in the way.`,
      );
      process.exitCode = wrong === 0 ? 0 : 2;
    });
}

const colors: Readonly<Record<Health, Color>> = { ok: "green", note: "yellow", wrong: "red" };

async function examine(
  contracts: readonly Startable[],
  contract: ContractName | undefined,
  { url, key = process.env["SANDGLASS_KEY"] }: DoctorFlags,
): Promise<readonly Diagnosis[]> {
  return [
    checkNode(process.version, readOwnPackage().engines.node),
    ...(await Promise.all(contracts.map((one) => checkPort(one.title, one.port, `--${one.contract}-port`)))),
    await checkPreviewNames(),
    await checkConfig(),
    checkKeys(process.env),
    checkProxies(process.env),
    checkTls(process.env),
    ...Object.entries(optionalPeers).map(([use, names]) => checkPeers(use, findPeers(names), installCommand(names))),
    ...(url === undefined ? [] : [await checkUrl(url, contract, key)]),
  ];
}

async function checkConfig(): Promise<Diagnosis> {
  const subject = "configuration";
  try {
    const members = Object.keys(await loadConfig(undefined));
    return { health: "ok", subject, text: members.length === 0 ? "none in this folder" : `sets ${members.join(", ")}` };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { health: "wrong", subject, text: error.message.replaceAll(/\s*\n\s*/g, " ") };
  }
}

/** Asks a deployment for its list, which changes nothing. */
async function checkUrl(url: string, contract: ContractName | undefined, key: string | undefined): Promise<Diagnosis> {
  const subject = "deployment";
  if (contract === undefined)
    return { health: "wrong", subject, text: `whose is ${url}? Name the contract: sandglass doctor recoup --url …` };
  const { contracts, preflight } = await import("../../conformance/command.ts");
  try {
    const target = { baseUrl: url, key: key ?? "none" };
    const { response } = await preflight({ clock: systemClock, contract: contracts[contract], target });
    return { health: "ok", subject, text: `${url} answers ${response.status}, and takes the key` };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const isOpen = error.code === "TARGET_REFUSED" && key === undefined;
    const text = isOpen ? `${url} answers; without a key that is all to be seen: set SANDGLASS_KEY` : error.message;
    return { health: isOpen ? "note" : "wrong", subject, text };
  }
}
