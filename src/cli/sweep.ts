import { Command } from "commander";
import type { ContractName, SweepResult } from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { configInvalid } from "../contract/contract-error.ts";
import { confirmedUrl } from "./confirmed-url.ts";
import { parseHeaders } from "./conform-options.ts";
import { printable } from "../contract/printable.ts";
import { assertReadable } from "./named-file.ts";
import { useProxies } from "./use-proxies.ts";
import { certificateOptions, readCertificates } from "./read-certificates.ts";
import { collect } from "./repeated-option.ts";

type RawSweepOptions = {
  readonly url?: string;
  readonly key?: string;
  readonly otherKey?: string;
  readonly header?: readonly string[];
  readonly cert?: string;
  readonly certKey?: string;
  readonly ca?: string;
  readonly ownAccount?: boolean;
};

/**
 * Creates `sandglass sweep`, which ends what a run left behind that was killed before it could clean up.
 *
 * It sets `process.exitCode`: 0 when nothing is left, 1 when something is, or may be. Parsing rejects with a
 * {@link ContractError} where nothing can be swept: `CONFIG_INVALID`, `TARGET_UNREACHABLE` or `TARGET_REFUSED`.
 */
export function createSweepCommand(): Command {
  return new Command("sweep")
    .description("end the sandboxes that a killed run left behind")
    .argument("<ledger>", "the file that the run wrote: .sandglass/ledger-….jsonl")
    .option("--url <url>", "where the target listens; without it, what the ledger names has to be confirmed")
    .option("--key <key>", "the key of the run, or SANDGLASS_KEY in the environment")
    .option("--other-key <key>", "the second tenant's key of the run, or SANDGLASS_OTHER_KEY in the environment")
    .option("--header <name:value>", "a header for a gateway on the way, again for each; shown nowhere", collect)
    .addOption(certificateOptions.cert)
    .addOption(certificateOptions.certKey)
    .addOption(certificateOptions.ca)
    .option("--own-account", "nothing but the run used the account: what appeared there is its own, and is ended")
    .action(async (ledger: string, raw: RawSweepOptions) => {
      useProxies(process.env);
      process.exitCode = await sweep(ledger, raw);
    });
}

async function sweep(path: string, raw: RawSweepOptions): Promise<number> {
  const { contracts, openLedgerFile, preflight, readLedgerFile, sweepLedger } =
    await import("../../conformance/command.ts");
  assertReadable("the ledger", path);
  const { header, entries } = readLedgerFile(path);
  const contract = contracts[header.contract as ContractName];
  if (contract === undefined) {
    throw configInvalid(`${path} is of the contract "${printable(header.contract)}", which is not known here`);
  }
  const key = raw.key ?? process.env["SANDGLASS_KEY"] ?? "";
  if (key === "") throw configInvalid("which key did the run have? Say --key KEY, or set SANDGLASS_KEY");
  const otherKey = raw.otherKey ?? process.env["SANDGLASS_OTHER_KEY"];
  const target = {
    baseUrl: await confirmedUrl(raw.url, header.target),
    key,
    otherKey,
    headers: parseHeaders(raw.header),
    certificates: readCertificates(raw),
    ownAccount: raw.ownAccount,
  };
  await preflight({ clock: systemClock, contract, target });
  const sink = openLedgerFile(path);
  try {
    const result = await sweepLedger({ clock: systemClock, contract, target, entries, sink });
    for (const line of sweepLines(result)) process.stdout.write(`${printable(line)}\n`);
    return result.receipt.unsettled.length === 0 ? 0 : 1;
  } finally {
    sink.close();
  }
}

function sweepLines({ receipt, adopted }: SweepResult): readonly string[] {
  const { created, deleted, verifiedGone, leaked, expiring, unsettled } = receipt;
  return [
    `${created} sandboxes created, ${deleted} deleted, ${verifiedGone} seen gone, ${leaked.length} left`,
    ...adopted.map((id) => `${id}: its creation was cut off; it was started just then, and is ended too`),
    ...expiring.map((id) => `${id}: ends by its own timeout`),
    ...unsettled.map((what) => `left behind: ${what}`),
  ];
}
