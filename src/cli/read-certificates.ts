import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { Option } from "commander";
import type { Target } from "../../conformance/command.ts";
import { configInvalid } from "../contract/contract-error.ts";
import { assertReadable } from "./named-file.ts";

/** The flags of a command for a target that asks for a certificate. */
export const certificateOptions = {
  cert: new Option("--cert <file>", "PEM: the certificate to show to a target that asks for one"),
  certKey: new Option("--cert-key <file>", "PEM: its key, unless --cert has it; shown nowhere"),
  ca: new Option("--ca <file>", "PEM: whose certificates to trust, in place of this machine's authorities"),
} as const;

/**
 * Reads the files behind the flags; undefined where none is given.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`, without a word of what they hold
 */
export function readCertificates(raw: {
  readonly cert?: string | undefined;
  readonly certKey?: string | undefined;
  readonly ca?: string | undefined;
}): Target["certificates"] {
  const cert = readPem("--cert", raw.cert);
  const key = readPem("--cert-key", raw.certKey) ?? cert;
  const ca = readPem("--ca", raw.ca);
  if (cert === undefined && raw.certKey !== undefined)
    throw configInvalid("--cert-key of which certificate? Say --cert FILE");
  if (cert === undefined && ca === undefined) return undefined;
  const certificates = { ...(cert === undefined ? {} : { cert, key }), ...(ca === undefined ? {} : { ca }) };
  try {
    createSecureContext(certificates);
    if (ca !== undefined) new X509Certificate(ca); // of which no certificate would be trusted, and nothing said
    return certificates;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const advice = "write PEM files, a key without a passphrase, and the certificate's own key (--cert-key FILE)";
    throw configInvalid(`--cert, --cert-key, --ca: ${advice}${code === "" ? "" : `; ${code}`}`);
  }
}

function readPem(flag: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  assertReadable(flag, file);
  return readFileSync(file, "utf8");
}
