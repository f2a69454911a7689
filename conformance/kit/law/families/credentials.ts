import type { Law } from "../law.ts";
import type { LawRun } from "../law-run.ts";
import type { ApiCall, Credentials, WriteCredentials } from "../call.ts";
import { missKey, nearMisses } from "../../input/near-miss.ts";
import { errorShapeLaw } from "./error-shape.ts";

/** What laws about the keys of one operation have in common. */
export type KeyedOperation = Pick<Law, "requirement" | "source" | "sandboxes"> & {
  readonly prefix: string; // the laws' ids up to the rule: "opencomputer/create"
  readonly operation: string;
  readonly call: (run: LawRun) => Promise<Omit<ApiCall, "operation" | "credentials">>;
};

/** A request that lacks the right key: what is wrong with it, completing "createSandbox …", and how it differs from the call. */
export type WrongCall = Omit<ApiCall, "operation"> & { readonly what: string };

type UnauthorizedLaw = KeyedOperation &
  Pick<Law, "statement"> & {
    readonly rule: string;
    readonly needs?: Law["needs"];
    readonly wrong: (run: LawRun) => readonly WrongCall[] | Promise<readonly WrongCall[]>;
  };

/**
 * A law about requests of one operation that all lack the right key: each is answered with 401. It needs memory, unless it can
 * be kept by what stands in the request.
 */
export function unauthorizedLaw(law: UnauthorizedLaw): Law {
  const { prefix, rule, operation, call, wrong, needs = ["memory"], ...head } = law;
  return {
    ...head,
    id: `${prefix}/${rule}`,
    operations: [operation],
    needs,
    check: async (run) => {
      const usual = await call(run);
      const ask = async ({ what, ...differing }: WrongCall) => {
        return { what, exchange: await run.send({ ...usual, ...differing, operation }) };
      };
      const asked = await run.beside(
        (await wrong(run)).map((each) => () => ask(each)),
        { isAtFirst: true },
      );
      const answered = asked.find(({ exchange }) => exchange.response.status !== 401);
      if (answered === undefined) return undefined;
      const { what, exchange } = answered;
      return { reason: `${operation} ${what} was answered ${exchange.response.status}, not 401`, exchange };
    },
  };
}

/** Who is no caller, and whether that can be known without memory: the header is there or it is not, else it takes a list of keys. */
const strangers: readonly {
  readonly rule: string;
  readonly what: string;
  readonly needs: Law["needs"];
  readonly credentials: (run: LawRun) => Credentials;
}[] = [
  { rule: "none", what: "without a key", needs: [], credentials: () => "none" },
  { rule: "empty", what: "with an empty key", needs: [], credentials: () => ({ key: "" }) },
  {
    rule: "unknown",
    what: "with an unknown key",
    needs: ["memory"],
    credentials: (run) => ({ key: run.unknownKey() }),
  },
];

/** Three laws for one operation: a request without a key, with an empty one, and with an unknown one. */
export function credentialsLaws(operation: KeyedOperation): readonly Law[] {
  return strangers.map(({ rule, what, needs, credentials }) =>
    unauthorizedLaw({
      ...operation,
      rule: `credentials-${rule}`,
      statement: `answer ${operation.operation} ${what} with 401`,
      needs,
      wrong: (run) => [{ what, credentials: credentials(run) }],
    }),
  );
}

/** Such requests are answered in the documented form. */
export function refusalShapeLaw({ prefix, operation, call, ...head }: KeyedOperation): Law {
  return errorShapeLaw({
    ...head,
    id: `${prefix}/refusal-shape`,
    operation,
    statement: `answer ${operation} to a stranger with a documented status and error body`,
    calls: async (run) => {
      const usual = await call(run);
      return strangers.map(({ credentials }) => ({ ...usual, credentials: credentials(run) }));
    },
  });
}

/**
 * A key that is almost right is refused like any other wrong one.
 *
 * @param forms - how headers carry a key; each near miss is sent in each form
 */
export function nearMissLaw(operation: KeyedOperation, forms: readonly WriteCredentials[]): Law {
  return unauthorizedLaw({
    ...operation,
    rule: "credentials-near-miss",
    statement: `answer ${operation.operation} with a key that is almost right with 401`,
    wrong: () =>
      forms.flatMap((form) =>
        nearMisses.map((near) => ({
          what: `with the key ${near.what}`,
          credentials: (key: string) => form(missKey(near, key)),
          refusable: true,
        })),
      ),
  });
}
