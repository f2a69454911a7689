import { sendRequest } from "./request.ts";
import type { RequestOptions } from "./request.ts";
import { EnvironmentTrouble } from "./unjudged.ts";

/** Tells a target that is down from one that leaves a single request without an answer. */
export type OutageWatch = {
  readonly watch: <Value>(send: () => Promise<Value>) => Promise<Value>;
  readonly isDown: () => boolean;
};

/** So many requests in a row without an answer ask the question. */
const silentMax = 3;
/** The harmless read that settles it is given this long. */
const probeTimeoutMs = 3_000;

/** Creates a watch that stops a run on a dead target: waiting for each of hundreds of laws helps nobody. */
export function createOutageWatch(options: RequestOptions): OutageWatch {
  const { contract, requestTimeoutMs } = options;
  let silent = 0;
  let down = false;
  const answers = async () => {
    const timeoutMs = Math.min(probeTimeoutMs, requestTimeoutMs);
    const call = { operation: contract.probeOperation };
    await sendRequest({ ...options, requestTimeoutMs: timeoutMs }, call);
  };
  return {
    watch: async (send) => {
      try {
        const answer = await send();
        silent = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof EnvironmentTrouble)) throw error;
        silent += 1;
        if (silent >= silentMax) {
          silent = 0;
          await answers().catch(() => void (down = true));
        }
        throw error;
      }
    },
    isDown: () => down,
  };
}
