import { ContractError } from "../contract/contract-error.ts";

/** A header with a secret in it. */
export type SecretHeader = { readonly name: string; readonly value: string };

/**
 * Makes a header of a key or token. Characters beyond ASCII go as the octets of UTF-8, which is how servers read them.
 *
 * @param label - what to call it in the message, since its value is never shown
 * @throws {@link ContractError} `CONFIG_INVALID` when it is empty or no header can carry it
 */
export function createSecretHeader(label: string, name: string, secret: string, scheme?: "Bearer"): SecretHeader {
  if (typeof secret !== "string" || secret.trim() === "") {
    throw new ContractError("CONFIG_INVALID", `${label} is empty: give the one that the server gave you`);
  }
  const value = `${scheme === undefined ? "" : `${scheme} `}${Buffer.from(secret, "utf8").toString("latin1")}`;
  try {
    new Headers({ [name]: value });
  } catch {
    // The platform's message quotes the value, so it is no cause.
    throw new ContractError(
      "CONFIG_INVALID",
      `${label} has a character that no header can carry, such as a line break`,
    );
  }
  return { name, value };
}
