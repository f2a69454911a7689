import type { Breach } from "../case.ts";
import type { Exchange } from "../exchange.ts";
import type { Law, SandboxUse, Requirement } from "../law.ts";
import type { LawRun } from "../law-run.ts";
import type { ApiCall, Credentials } from "../call.ts";

type CredentialsLawsOptions = {
  readonly prefix: string; // the laws' ids up to the rule: "opencomputer/create"
  readonly operation: string;
  readonly requirement: Requirement;
  readonly source: string;
  readonly sandboxes: SandboxUse;
  readonly call: (run: LawRun) => Promise<Omit<ApiCall, "operation" | "credentials">>;
};

/**
 * Three laws for one operation: a request without a key, with an empty one, and with an unknown one is refused
 * with 401.
 *
 * The first two can be kept without memory: the header is there or it is not. The third needs a list of keys.
 */
export function credentialsLaws({ prefix, operation, call, ...head }: CredentialsLawsOptions): readonly Law[] {
  const law = (rule: string, what: string, needs: Law["needs"], credentials: (run: LawRun) => Credentials): Law => ({
    ...head,
    id: `${prefix}/credentials-${rule}`,
    statement: `answer ${operation} ${what} with 401`,
    operations: [operation],
    needs,
    check: async (run) => {
      const exchange = await run.send({ ...(await call(run)), operation, credentials: credentials(run) });
      return judgeRefusal(exchange, what);
    },
  });
  return [
    law("none", "without a key", [], () => "none"),
    law("empty", "with an empty key", [], () => ({ key: "" })),
    law("unknown", "with an unknown key", ["memory"], (run) => ({ key: run.unknownKey() })),
  ];
}

function judgeRefusal(exchange: Exchange, what: string): Breach | undefined {
  const { operation, response } = exchange;
  if (response.status === 401) return undefined;
  return { reason: `${operation} ${what} was answered ${response.status}, not 401`, exchange };
}
