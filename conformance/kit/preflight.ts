import type { Clock } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { describeTlsFailure } from "../../src/contract/tls-failure.ts";
import type { Contract } from "./contract.ts";
import { createSecretMask } from "./secret-mask.ts";
import type { Target } from "./target.ts";
import { causeText, sendRequest } from "./request.ts";

/**
 * Asks the target one harmless question, to tell a run that cannot be trusted before it starts.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a base URL that is none; `TARGET_UNREACHABLE` when no answer comes;
 *   `TARGET_REFUSED` when the key is not taken
 */
export async function preflight({
  clock,
  contract,
  target,
  requestTimeoutMs = 10_000,
}: {
  readonly clock: Clock;
  readonly contract: Contract;
  readonly target: Target;
  readonly requestTimeoutMs?: number;
}): Promise<void> {
  assertBaseUrl(target.baseUrl);
  const connection = { contract, target, clock, requestTimeoutMs };
  const mask = createSecretMask({ [target.key]: "SANDGLASS_KEY" });
  const exchange = await sendRequest(connection, { operation: contract.probeOperation }).catch((cause: unknown) => {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new ContractError(
      "TARGET_UNREACHABLE",
      mask.text(
        `${target.baseUrl} does not answer (${describeTlsFailure(inner) ?? causeText(inner)}): start the server, or mend the URL`,
      ),
      { cause: mask.text(causeText(cause)) },
    );
  });
  const { status } = exchange.response;
  if (status !== 401 && status !== 403) return;
  throw new ContractError(
    "TARGET_REFUSED",
    mask.text(`${target.baseUrl} refuses the key with ${status}: give one that it knows`),
  );
}

function assertBaseUrl(baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url !== undefined && ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "")
    return;
  throw new ContractError(
    "CONFIG_INVALID",
    "the URL of a target is http:// or https:// with a host, and holds no password",
  );
}
