import { expect as baseExpect } from "vitest";
import { contracts, judgeAnswer, parseJson } from "../../conformance/command.ts";
import type { ContractName, World } from "../../mocks/index.ts";
import { contracts as mocked } from "../../mocks/index.ts";
import type { operations as openComputerOperations } from "../../generated/opencomputer/operations.ts";
import type { operations as recoupOperations } from "../../generated/recoup/operations.ts";
import { explainUnknown } from "../contract/caller-input.ts";
import { ContractError } from "../contract/contract-error.ts";
import { contractOfAnswer } from "./answers.ts";

type Operations = {
  readonly recoup: keyof typeof recoupOperations;
  readonly opencomputer: keyof typeof openComputerOperations;
};

/** An operation's id; `recoup/createSandbox` where both contracts have one of the name and the answer is not of a fixture. */
export type OperationName =
  Operations[ContractName] | { [Name in ContractName]: `${Name}/${Operations[Name]}` }[ContractName];

/** What is expected of answers and of worlds. */
export type SandboxMatchers = {
  /**
   * Expects of an answer, or of a promise of one, that its contract documents its status for the operation, its content type
   * and its body. The answer can be read afterwards all the same.
   */
  readonly toMatchContract: (operation: OperationName) => Promise<void>;
  /** Expects of a test's `sandboxes`, or of a world, that every sandbox that was made in it has ended. */
  readonly toHaveLeakedNothing: () => void;
};

type BaseExpect = typeof baseExpect;

/** Vitest's `expect`, with the matchers of this package. */
export type SandboxExpect = (<T>(
  actual: T,
  message?: string,
) => ReturnType<typeof baseExpect<T>> & SandboxMatchers & { readonly not: SandboxMatchers }) &
  BaseExpect;

baseExpect.extend({
  async toMatchContract(received: unknown, operation: OperationName) {
    const answer = await received;
    if (!(answer instanceof Response)) {
      throw new ContractError("CONFIG_INVALID", "toMatchContract: this is no Response: give what fetch answered");
    }
    if (answer.bodyUsed) {
      throw new ContractError("CONFIG_INVALID", "toMatchContract: this body was read before: expect of it first");
    }
    const { contract, id } = findOperation(operation, answer);
    const body = await answer.clone().text();
    const headers = Object.fromEntries(answer.headers);
    const response = { status: answer.status, headers, body, json: parseJson(body) };
    const wrong = judgeAnswer(contracts[contract], { operation: id, response });
    const seen = `seen: ${wrong ?? `status ${answer.status}, as documented`}`;
    return {
      pass: wrong === undefined,
      message: () =>
        `expected an answer to ${id} that ${this.isNot ? "breaks" : "keeps"} the contract of ${contract}, ${seen}`,
    };
  },
  toHaveLeakedNothing: (received: unknown) => {
    const world = worldOf(received);
    const alive = listAlive(world);
    const names = alive.map(({ id, state, contract }) => `${id} (${contract}, ${state})`).join(", ");
    return {
      pass: alive.length === 0,
      message: () =>
        alive.length === 0
          ? "expected a sandbox that has not ended, seen: none"
          : `expected every sandbox to have ended, seen: ${names}. End them, or move world.clock past their timeouts`,
    };
  },
});

/** Vitest's `expect`, with {@link SandboxMatchers}. */
export const expect = baseExpect as SandboxExpect;

function findOperation(name: string, answer: Response): { contract: ContractName; id: string } {
  const all = Object.values(contracts).flatMap(({ name: contract, operations }) =>
    operations.map(({ id }) => ({ contract: contract as ContractName, id })),
  );
  const noted = contractOfAnswer(answer);
  const found = all.filter(({ contract, id }) => id === name || `${contract}/${id}` === name);
  const [first, second] =
    found.length > 1 && noted !== undefined ? found.filter(({ contract }) => contract === noted) : found;
  if (first === undefined) {
    const ids = [...new Set(all.map(({ id }) => id))];
    throw new ContractError("OPERATION_UNKNOWN", `toMatchContract: ${explainUnknown("operation", name, ids)}`);
  }
  if (second === undefined) return first;
  const names = found.map(({ contract, id }) => `"${contract}/${id}"`).join(" or ");
  throw new ContractError("OPERATION_UNKNOWN", `toMatchContract: several contracts have ${name}: say ${names}`);
}

function worldOf(received: unknown): World {
  const { world = received } = (received ?? {}) as { readonly world?: unknown };
  if (typeof (world as Partial<World> | undefined)?.tables === "function") return world as World;
  throw new ContractError("CONFIG_INVALID", "toHaveLeakedNothing: give a test's sandboxes, or a world of a mock");
}

/** A sandbox that costs its owner something, or may again. */
const finalStates: readonly string[] = ["stopped", "failed"];

function listAlive(world: World): readonly { id: string; state: string; contract: string }[] {
  const nowMs = world.clock.now();
  return mocked.flatMap(({ contract, sandboxes: { table, at } }) =>
    [...(world.tables().get(table.name)?.records() ?? [])]
      .map((record) => ({ id: record.id, state: at(record, nowMs).state, contract }))
      .filter(({ state }) => !finalStates.includes(state)),
  );
}
