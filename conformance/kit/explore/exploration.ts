import type { Span } from "../law/exchange.ts";
import type { ContractModel } from "../model/contract-model.ts";
import { createJudge } from "../model/judge.ts";
import type { ClauseBreach } from "../model/observed-exchange.ts";
import type { ObservedExchange } from "../model/observed-exchange.ts";
import type { ExploredCall } from "./explored-call.ts";
import type { JsonObject } from "../law/schema.ts";
import type { PreviewCall } from "../law/call.ts";

/** What a contract says beside its model, so that all of its table can be gone through. */
export type Exploration<State> = {
  /** The operations that the model knows. Those with an `id` in their path are sent, each in each state. */
  readonly operations: readonly string[];
  /** The name of a state, as far as its answers differ from another's: a row of the table. What stands behind a comma matters to no body. */
  readonly nameOf: (state: State) => string;
  /** All names that a run can bring a sandbox to. */
  readonly rows: readonly string[];
  /** When it changes by itself; infinite where it never does. */
  readonly dueIn: (state: State) => Span | undefined;
  /** Operations after which there is no way back. They come last. */
  readonly oneWay: readonly string[];
  /** What gives a sandbox a time of so many seconds after which it changes by itself, in a state. */
  readonly arm: (state: State, seconds: number) => ExploredCall | undefined;
  /** Bodies of creates, each for one sandbox to explore with. */
  readonly creates: readonly JsonObject[];
  /** Requests to what a sandbox shows of its ports. */
  readonly visits: readonly VisitClass<State>[];
};

/** One class of requests to a port, made of what a sandbox and the others have for tokens. */
export type VisitClass<State> = {
  readonly name: string;
  /** Whether it is usual: what is usual is paired with all else. */
  readonly isPlain?: boolean;
  readonly make: (state: State, others: readonly State[]) => Omit<PreviewCall, "id"> | undefined;
};

/** What a subject may be, as far as the model knows. */
export type Known = {
  /** Names of the states that it may be in, each once. */
  readonly names: readonly string[];
  readonly dueIn: Span | undefined;
  readonly visits: (others: readonly string[]) => readonly ExploredCall[];
  readonly arm: (seconds: number) => ExploredCall | undefined;
};

/** Follows what is sent and answered by the model. */
export type Tracker = {
  readonly take: (exchange: ObservedExchange) => readonly ClauseBreach[];
  readonly know: (subject: string) => Known;
};

/** Something to explore by: the table's columns, and what tells the rows. */
export type Explorable = Pick<Exploration<unknown>, "operations" | "oneWay" | "creates" | "rows"> & {
  readonly visitNames: readonly string[];
  readonly createTracker: () => Tracker;
};

/** Binds a model and what is said beside it. */
export function defineExploration<State, Part>(
  createModel: () => ContractModel<State, Part>,
  exploration: Exploration<State>,
): Explorable {
  const { operations, oneWay, creates, rows, visits } = exploration;
  const visitNames = visits.map(({ name }) => name);
  return {
    operations,
    oneWay,
    creates,
    rows,

    visitNames,
    createTracker: () => createTracker(createModel(), exploration),
  };
}

function createTracker<State, Part>(
  model: ContractModel<State, Part>,
  { nameOf, dueIn, visits, arm }: Exploration<State>,
): Tracker {
  const judge = createJudge(model, { heldMax: 0 });
  return {
    take: judge.take,
    know: (subject) => {
      const states = judge.statesOf(subject);
      const [likeliest] = states;
      return {
        names: [...new Set(states.map(nameOf))],
        dueIn: likeliest === undefined ? undefined : dueIn(likeliest),
        arm: (seconds) => (likeliest === undefined ? undefined : arm(likeliest, seconds)),
        visits: (others) => {
          const beside = others.flatMap((other) => judge.statesOf(other).slice(0, 1));
          return visits.flatMap(({ name, isPlain = false, make }): readonly ExploredCall[] => {
            const call = likeliest === undefined ? undefined : make(likeliest, beside);
            return call === undefined ? [] : [{ name, operation: "preview", kind: "visit", isPlain, call }];
          });
        },
      };
    },
  };
}
