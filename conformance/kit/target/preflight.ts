import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { systemSleep } from "../../../src/contract/clock.ts";
import { ContractError } from "../../../src/contract/contract-error.ts";
import { describeTlsFailure } from "../../../src/contract/tls-failure.ts";
import type { RunContract } from "../law/contract.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";
import type { Target } from "./target.ts";
import { causeText } from "./cause-text.ts";
import { answerText } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { sendRequest } from "./request.ts";
import { findOperation } from "../law/contract.ts";
import type { ApiCall } from "../law/call.ts";

/** How often a target that is not up yet is asked again, in milliseconds. */
const askEveryMs = 500;
/** How long to wait for one answer, in milliseconds. */
const requestTimeoutMsUsual = 10_000;

/** What a gateway answers for a server that is down, and any server for a path that it does not know. */
const statusesOfNoApi: readonly number[] = [404, 502, 503, 504];

/**
 * Waits until the target is up, for so long at most: a server that is being started answers nothing, or as the gateway before
 * it does. Where the one question is answered like that, the target is asked others, since it may lack the list alone: what
 * only reads, without a key, until something but a gateway or "no such path" answers.
 *
 * @throws {@link ContractError} as {@link preflight} does, and `TARGET_UNREACHABLE` where the API does not answer at this URL
 * @returns what it was answered
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
}): Promise<Exchange> {
  const { clock } = options;
  const untilMs = clock.now() + waitMsMax;
  for (;;) {
    try {
      const listed = await preflight(options);
      if (!isOfNoApi(listed)) return listed;
      const answers = [listed, ...(await askOthers(options))];
      const isThere = !answers.every(isOfNoApi);
      if (isThere && !(listed.response.status === 404 && (await isWithoutApi(options)))) return listed;
      throw new ContractError("TARGET_UNREACHABLE", noApiText(options, answers));
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
 * @throws {@link ContractError} `CONFIG_INVALID` for a base URL that is none, or redirects; `TARGET_UNREACHABLE` when no answer comes;
 *   `TARGET_REFUSED` when the key is not taken
 * @returns what it was answered
 */
export async function preflight({
  clock,
  contract,
  target,
  requestTimeoutMs = requestTimeoutMsUsual,
}: {
  readonly clock: Clock;
  readonly contract: RunContract;
  readonly target: Target;
  readonly requestTimeoutMs?: number;
}): Promise<Exchange> {
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
  const { status, headers } = exchange.response;
  if (status >= 300 && status < 400 && headers["location"] !== undefined) {
    throw new ContractError("CONFIG_INVALID", mask.text(redirectText(target, exchange)));
  }
  if (status !== 401 && status !== 403) return exchange;
  throw new ContractError(
    "TARGET_REFUSED",
    mask.text(`${target.baseUrl} refuses the key with ${status}: give one that it knows`),
  );
}

/** So many operations are asked for beside the list. */
const othersMax = 3;

async function askOthers(options: Parameters<typeof preflight>[0]): Promise<readonly Exchange[]> {
  const { contract, requestTimeoutMs = requestTimeoutMsUsual } = options;
  const reading = contract.operations.filter(({ id, method }) => method === "get" && id !== contract.probeOperation);
  const answers: Exchange[] = [];
  for (const { id: operation } of reading.slice(0, othersMax)) {
    const call: ApiCall = { operation, path: { id: contract.absentId("0".repeat(16)) }, credentials: "none" };
    const answer = await sendRequest({ ...options, requestTimeoutMs }, call).catch(() => undefined);
    if (answer !== undefined) answers.push(answer);
    if (answer !== undefined && !isOfNoApi(answer)) break;
  }
  return answers;
}

function isOfNoApi({ response: { status } }: Exchange): boolean {
  return statusesOfNoApi.includes(status);
}

/** Whether the list is at the URL without the `/api` at its end. A server that judges the key first answers 401 to the rest. */
async function isWithoutApi({ target, ...options }: Parameters<typeof preflight>[0]): Promise<boolean> {
  const baseUrl = withoutApi(target.baseUrl);
  if (baseUrl === target.baseUrl) return false;
  const listed = await preflight({ ...options, target: { ...target, baseUrl } }).catch(() => undefined);
  return listed !== undefined && !isOfNoApi(listed);
}

function withoutApi(baseUrl: string): string {
  return baseUrl.replace(/\/api\/*$/, "");
}

/** The key is sent to the host that the user named and to no other, so a redirect is not followed. */
function redirectText({ baseUrl }: Target, { request, response }: Exchange): string {
  const location = response.headers["location"]!;
  if (!URL.canParse(location, request.url))
    return `${baseUrl} redirects to what is no URL: give the URL of the API itself`;
  const to = new URL(location, request.url);
  const path = new URL(request.url).pathname.slice(new URL(baseUrl).pathname.replace(/\/+$/, "").length);
  const base = to.pathname.endsWith(path) ? `${to.origin}${to.pathname.slice(0, -path.length)}` : undefined;
  const advice = base === undefined ? "give the URL of the API itself" : `give --url ${base}`;
  return `${baseUrl} redirects with ${response.status} to ${to.origin}${to.pathname}, and redirects are not followed: ${advice}`;
}

function noApiText(
  { target: { baseUrl }, contract }: Parameters<typeof preflight>[0],
  answers: readonly Exchange[],
): string {
  const answered = answers.map(answerText).join(", ");
  if (answers[0]?.response.status !== 404) {
    return `nothing but a gateway answers at ${baseUrl} (${answered}): start the server, or wait for it with --wait-for`;
  }
  const better = withoutApi(baseUrl);
  const { path } = findOperation(contract, contract.probeOperation);
  const advice = better === baseUrl ? `give the URL that is followed by ${path}` : `give --url ${better}`;
  return `${baseUrl} does not have the ${contract.name} API (${answered}): ${advice}`;
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
