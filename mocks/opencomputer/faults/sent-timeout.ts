import type { Call } from "../../kit/exchange.ts";
import type { Fault, Fires } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";
import { alterPreviewRequests } from "./alter-preview-requests.ts";

export const timeoutInMilliseconds: Fault<OpenComputerParts> = {
  id: "timeout-in-wrong-unit",
  alias: "A5",
  contract: "opencomputer",
  summary: "takes a `timeout` for milliseconds where seconds are promised",
  shows: "create with a timeout, wait a little, get",
  wrap: (parts, { fires }) =>
    alterTimeout(parts, fires, ["createSandbox", "setSandboxTimeout", "wakeSandbox"], (timeout) =>
      timeout ? timeout / 1000 : timeout,
    ),
};

export const omittedTimeoutIsNever: Fault<OpenComputerParts> = {
  id: "omitted-timeout-never-fires",
  alias: "D1",
  contract: "opencomputer",
  summary: "takes an omitted timeout for never instead of 300 s",
  shows: "create without a timeout, wait 300 s, get",
  wrap: (parts, { fires }) => alterTimeout(parts, fires, ["createSandbox"], (timeout) => timeout ?? 0),
};

/** The timer of a sandbox is not started. What ran before the fault was switched on keeps its own. */
export const timeoutNeverFires: Fault<OpenComputerParts> = {
  id: "timeout-never-fires",
  alias: "D2",
  contract: "opencomputer",
  summary: "lets no timeout fire",
  shows: "create with a short timeout, wait, get",
  wrap: (parts, { fires }) =>
    alterTimeout(parts, fires, ["createSandbox", "setSandboxTimeout", "wakeSandbox"], () => 0),
};

export const timeoutIsLostOnWake: Fault<OpenComputerParts> = {
  id: "timeout-lost-on-wake",
  alias: "D7",
  contract: "opencomputer",
  summary: "loses the timeout over hibernation: what wakes never times out",
  shows: "create with a timeout, hibernate, wake, wait, get",
  wrap: (parts, { fires }) =>
    alterPreviewRequests(
      alterTimeout(parts, fires, ["wakeSandbox"], (timeout) => timeout ?? 0),
      fires,
      (whole, shows) => ({
        ...whole,
        admitPreview: (record, state, ...rest) => {
          const decision = whole.admitPreview(record, state, ...rest);
          if (decision.change === undefined || state !== "hibernated" || !shows()) return decision;
          return { ...decision, change: { ...decision.change, timeoutS: 0 } };
        },
      }),
    ),
};

/** Lets handlers see another timeout than the one that was sent. */
function alterTimeout(
  parts: OpenComputerParts,
  fires: Fires,
  operations: readonly string[],
  alter: (timeout: number | undefined) => number | undefined,
): OpenComputerParts {
  return wrapHandlers(parts, operations, (inner) => (call, whole) => {
    const sent = timeoutOf(call);
    const timeout = alter(sent);
    if (timeout === sent || !fires(call.operation.id)) return inner(call, whole);
    return inner({ ...call, body: { ...(call.body as object), timeout } }, whole);
  });
}

function timeoutOf({ body }: Call): number | undefined {
  return (body as { readonly timeout?: number }).timeout;
}
