import { createInterface } from "node:readline/promises";
import { ContractError } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";

/**
 * Where a key is sent to: the host that the user names, or the one that a file names and the user confirms. A file may come
 * from anywhere, and a key that was sent cannot be called back.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` where the user named none, and cannot be asked or says no
 */
export async function confirmedUrl(named: string | undefined, ofFile: string): Promise<string> {
  if (named !== undefined) return named;
  const shown = printable(ofFile);
  const refusal = `the file names ${shown}: say --url ${shown} to send the key there`;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new ContractError("CONFIG_INVALID", refusal);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`send the key to ${shown}? [y/N] `).finally(() => terminal.close());
  if (/^y(es)?$/i.test(answer.trim())) return ofFile;
  throw new ContractError("CONFIG_INVALID", refusal);
}
