import type { ApiCall } from "../../kit/law/call.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answered } from "../readings.ts";

type Check = NonNullable<Law["check"]>;
type SharedLaw = Omit<Law, "check" | "sandboxes" | "needs"> & {
  readonly needs?: Law["needs"];
  readonly check: (run: LawRun, id: string) => ReturnType<Check>;
};

/** A law about the sandbox that others look at, too: what it makes there is its own. */
export function sharedLaw({ needs = ["memory"], check, ...law }: SharedLaw): Law {
  const sandboxes = { ...noSandboxes, shared: 1 };
  return { ...law, needs, sandboxes, check: async (run) => check(run, await run.sharedSandbox()) };
}

/** Something in a sandbox that is named by an id of its own, as its own organisation makes and ends it. */
export type Handle = {
  /** Makes it, and gives its id; nothing, where there is no such thing. */
  readonly begin: (run: LawRun, id: string) => Promise<string>;
  /** Ends it by the sandbox that it belongs to. */
  readonly end?: (id: string, handle: string) => ApiCall;
};

/** A law about what another organisation asks of a sandbox, and of what is there. */
export function foreignLaw({
  begin,
  asked,
  end,
  ...law
}: Pick<Law, "id" | "statement" | "source" | "operations"> &
  Handle & { readonly asked: (id: string, handle: string) => readonly ApiCall[] }): Law {
  const ask = async (run: LawRun, id: string, handle: string) => {
    for (const call of asked(id, handle)) {
      const exchange = await run.send({ ...call, credentials: "other" });
      if (isSuccess(exchange)) return { reason: `${answered(exchange)} to another organisation's key`, exchange };
    }
    return undefined;
  };
  return sharedLaw({
    ...law,
    requirement: "MUST",
    needs: ["memory", "second-key"],
    check: async (run, id) => {
      const handle = await begin(run, id);
      try {
        return await ask(run, id, handle);
      } finally {
        if (end !== undefined) await run.send(end(id, handle));
      }
    },
  });
}

/** Does what a sandbox's own organisation may do. */
export async function done(run: LawRun, call: ApiCall): Promise<string> {
  needsSuccess(await run.send(call));
  return "";
}
