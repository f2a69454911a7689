import type { Clock } from "../../../src/contract/clock.ts";
import { systemSleep } from "../../../src/contract/clock.ts";
import type { Sleep } from "../../../src/contract/clock.ts";
import { ContractError } from "../../../src/contract/contract-error.ts";
import { describeTlsFailure } from "../../../src/contract/tls-failure.ts";
import type { RunContract } from "../law/contract.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";
import type { Target } from "./target.ts";
import { causeText } from "./cause-text.ts";
import { sendRequest } from "./request.ts";

/** How often a target that is not up yet is asked again, in milliseconds. */
const askEveryMs = 500;

/**
 * Waits until the target is up, for so long at most: a server that is being started answers nothing, or as the gateway before
 * it does.
 *
 * @throws {@link ContractError} as {@link preflight} does
 */
export async function awaitTarget({
  waitMsMax,
  sleep = systemSleep,
  signal,
  ...options
}: Parameters<typeof preflight>[0] & {
  readonly waitMsMax: number;
  readonly sleep?: Sleep;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { clock } = options;
  const untilMs = clock.now() + waitMsMax;
  for (;;) {
    try {
      if (!(await preflight(options)).isUp && clock.now() < untilMs) throw new ContractError("TARGET_UNREACHABLE", "");
      return;
    } catch (error) {
      const mayCome = error instanceof ContractError && error.code === "TARGET_UNREACHABLE";
      if (!mayCome || clock.now() >= untilMs) throw error;
    }
    await sleep(askEveryMs, signal);
  }
}

/**
 * Asks the target one harmless question, to tell a run that cannot be trusted before it starts.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a base URL that is none; `TARGET_UNREACHABLE` when no answer comes;
 *   `TARGET_REFUSED` when the key is not taken
 * @returns whether it is more than a gateway that answers
 */
export async function preflight({
  clock,
  contract,
  target,
  requestTimeoutMs = 10_000,
}: {
  readonly clock: Clock;
  readonly contract: RunContract;
  readonly target: Target;
  readonly requestTimeoutMs?: number;
}): Promise<{ readonly isUp: boolean }> {
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
  if (status !== 401 && status !== 403) return { isUp: status < 502 || status > 504 };
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
