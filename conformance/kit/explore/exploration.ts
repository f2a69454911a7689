import type { Operation } from "../../../src/contract/operation.ts";
import type { Exchange, Span } from "../law/exchange.ts";
import type { LawRun } from "../law/law-run.ts";
import type { ContractModel } from "../model/contract-model.ts";
import { createJudge } from "../model/judge.ts";
import type { ClauseBreach } from "../model/observed-exchange.ts";
import type { ObservedExchange } from "../model/observed-exchange.ts";
import type { ExploredCall, Visit } from "./explored-call.ts";
import type { Breach } from "../law/case.ts";
import type { CoverageTable } from "./coverage-table.ts";
import type { ApiCall } from "../law/call.ts";

/** What is explored with: a sandbox, or an account. */
export type Explored = {
  /** Its name in a request, for `address`. */
  readonly id: string;
  /** Its name in the model. */
  readonly subject: string;
  readonly by: "own" | "other";
};

/** A request with what it is about, and the tenant whose key it carries unless it says another. */
export type Addressed = Omit<ApiCall, "operation">;

/** What a contract says beside its model, so that all of its table can be gone through. */
type Exploration<State> = {
  /** The operations that the model knows. */
  readonly operations: readonly string[];
  /** Whether an operation acts on what is explored, and so is sent in each state. */
  readonly isOfSubject: (operation: Operation) => boolean;
  /** Makes what is explored with: what is taken through all states by usual requests, then what is by all others; what else there is ends last. */
  readonly begin: (explorer: Explorer, run: LawRun) => Promise<readonly [Explored, Explored, ...Explored[]]>;
  /** What is sent last, since nothing is known after it. Default: nothing. */
  readonly end?: (explorer: Explorer, run: LawRun) => Promise<void>;
  /** Says in a request what it is about; undefined where it cannot be. */
  readonly address: (explored: Explored, operation: string, call: Addressed) => Addressed | undefined;
  /** The ways to look at one of them, by the operations that a run may send. */
  readonly views: (operations: readonly Operation[]) => readonly ApiCall[];
  /** Ways to look beside these, taken in turn. Default: none. */
  readonly glances?: (explored: Explored) => readonly ApiCall[];
  /** What is asked once more after an answer, each after so many milliseconds, until it is over. Default: nothing. */
  readonly follow?: (exchange: Exchange) => readonly { readonly afterMs: number; readonly call: ApiCall }[];
  /** Requests beside those that follow from the document. Default: none. */
  readonly more?: readonly ExploredCall[];
  /** Operations whose success costs something: they are sent once as usual, and in what is to be refused. Default: none. */
  readonly sparse?: readonly string[];
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
  /**
   * How much time passes before each request that may change something, in milliseconds, where the clock can be moved. By default
   * some passes once a sandbox has come to another state.
   */
  readonly pauseMs?: number;
  /** How many sandboxes it makes. */
  readonly creates: number;
  /** Requests to what a sandbox shows of its ports. Default: none. */
  readonly visits?: readonly VisitClass<State>[];
};

/** One class of requests to a port, made of what a sandbox and the others have for tokens. */
export type VisitClass<State> = {
  readonly name: string;
  /** Whether it is usual: what is usual is paired with all else. */
  readonly isPlain?: boolean;
  readonly make: (state: State, others: readonly State[]) => Visit | undefined;
};

/** What a subject may be, as far as the model knows. */
type Known = {
  /** Names of the states that it may be in, each once. */
  readonly names: readonly string[];
  readonly dueIn: Span | undefined;
  readonly visits: (others: readonly string[]) => readonly ExploredCall[];
  readonly arm: (seconds: number) => ExploredCall | undefined;
};

/** Follows what is sent and answered by the model. */
export type Tracker = {
  /** Takes what was sent at once, or one exchange, once all of it is answered. */
  readonly take: (exchanges: readonly ObservedExchange[]) => readonly ClauseBreach[];
  /** What is wrong by the likeliest explanations, and may yet be explained by what comes. */
  readonly suspected: () => readonly ClauseBreach[];
  readonly know: (subject: string) => Known;
};

/** What the model said of what was sent. */
export type ExploredBreach = {
  /** The clause that is broken; undefined for a request that the server fails at each time. */
  readonly clause: string | undefined;
  /** Whether it showed at another sandbox than was acted on. */
  readonly isBeside: boolean;
  readonly breach: Breach;
};

/** Sends what is explored, follows it by the model, and looks at what came of it. */
export type Explorer = {
  readonly table: CoverageTable;
  /** Operations that leave no way back. */
  readonly oneWay: readonly string[];
  readonly create: (body: unknown, by: "own" | "other") => Promise<Explored>;
  /** Goes on with something that is there already, an account say. */
  readonly join: (explored: Explored) => Promise<Explored>;
  /** What was joined. */
  readonly joined: () => readonly Explored[];
  /** Sends each other request with its key in this form from now on. */
  readonly alternate: (form: ApiCall["form"]) => void;
  readonly send: (call: ApiCall) => Promise<Exchange | undefined>;
  readonly know: (sandbox: Explored) => Omit<Known, "visits">;
  /** Whether a request can be about it. */
  readonly applies: (explored: Explored, call: ExploredCall) => boolean;
  /** Requests to its ports, with tokens as they are now. */
  readonly visits: (sandbox: Explored) => readonly ExploredCall[];
  /** Sends a request for a sandbox, and looks at it and at others once it may have changed something. */
  readonly take: (sandbox: Explored, call: ExploredCall) => Promise<void>;
  /** Sends some for a sandbox at once, and looks at it once all are answered. */
  readonly takeAtOnce: (sandbox: Explored, calls: readonly ExploredCall[]) => Promise<void>;
  /** Nothing more comes: what is likeliest to be wrong is. */
  readonly conclude: () => void;
  /** Reads a sandbox in each way that there is. */
  readonly look: (sandbox: Explored) => Promise<void>;
  /** Lets time pass, where the target's clock can be moved. */
  readonly pass: (ms: number) => Promise<void>;
  /** Whether the target's clock can be moved. */
  readonly movesTime: boolean;
  readonly now: () => number;
  /** Where requests led to, by the names of the states: from a state, by the name of a request, to another. */
  readonly routes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly found: () => readonly ExploredBreach[];
};

/** Something to explore by: the table's columns, and what tells the rows. */
export type Explorable = Omit<Exploration<unknown>, "nameOf" | "dueIn" | "arm" | "visits"> & {
  /** Columns beside those that follow from the document. */
  readonly visits: readonly Omit<ExploredCall, "call">[];
  readonly createTracker: () => Tracker;
};

/** Binds a model and what is said beside it. */
export function defineExploration<State, Part>(
  createModel: () => ContractModel<State, Part>,
  { nameOf, dueIn, arm, visits = [], ...rest }: Exploration<State>,
): Explorable {
  const createOwn = () => createTracker(createModel(), { nameOf, dueIn, arm, visits });
  return { ...rest, visits: visits.map((visit) => columnOf(visit)), createTracker: createOwn };
}

function createTracker<State, Part>(
  model: ContractModel<State, Part>,
  { nameOf, dueIn, visits, arm }: Required<Pick<Exploration<State>, "nameOf" | "dueIn" | "visits" | "arm">>,
): Tracker {
  const judge = createJudge(model);
  return {
    take: (exchanges) => [...exchanges.flatMap(judge.take), ...judge.release()],
    suspected: judge.suspected,
    know: (subject) => {
      const states = judge.statesOf(subject);
      const [likeliest] = states;
      return {
        names: [...new Set(states.map(nameOf))],
        dueIn: likeliest === undefined ? undefined : dueIn(likeliest),
        arm: (seconds) => (likeliest === undefined ? undefined : arm(likeliest, seconds)),
        visits: (others) => {
          const beside = others.flatMap((other) => judge.statesOf(other).slice(0, 1));
          return visits.flatMap((visit): readonly ExploredCall[] => {
            const call = likeliest === undefined ? undefined : visit.make(likeliest, beside);
            return call === undefined ? [] : [{ ...columnOf(visit), call }];
          });
        },
      };
    },
  };
}

function columnOf({ name, isPlain = false }: Pick<VisitClass<never>, "name" | "isPlain">) {
  return { name, operation: "preview", kind: "visit", isPlain } as const;
}
