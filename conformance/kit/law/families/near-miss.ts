import type { Law, Requirement } from "../law.ts";
import { noSandboxes } from "../law.ts";
import type { LawRun } from "../law-run.ts";
import { missKey, nearMisses } from "../../input/near-miss.ts";
import type { ApiCall, WriteCredentials } from "../call.ts";

/**
 * A key that is almost right is refused like any other wrong one.
 *
 * @param forms - how headers carry a key; each near miss is sent in each form
 */
export function nearMissLaw({
  prefix,
  operation,
  forms,
  call,
  ...head
}: {
  readonly prefix: string;
  readonly operation: string;
  readonly requirement: Requirement;
  readonly source: string;
  readonly forms: readonly WriteCredentials[];
  readonly call: (run: LawRun) => Promise<Omit<ApiCall, "operation" | "credentials">>;
}): Law {
  return {
    ...head,
    id: `${prefix}/credentials-near-miss`,
    statement: `answer ${operation} with a key that is almost right with 401`,
    operations: [operation],
    needs: ["memory"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const rest = await call(run);
      for (const form of forms) {
        for (const near of nearMisses) {
          const credentials: WriteCredentials = (key) => form(missKey(near, key));
          const exchange = await run.send({ ...rest, operation, credentials, refusable: true });
          const { status } = exchange.response;
          if (status !== 401) return { reason: `the key ${near.what} was answered ${status}, not 401`, exchange };
        }
      }
      return undefined;
    },
  };
}
