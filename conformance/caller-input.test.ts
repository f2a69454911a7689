import { expect, test } from "vitest";
import { systemClock } from "../src/contract/clock.ts";
import { contracts, createSession, runLaws } from "./command.ts";
import { defineConformance, registerLaws } from "./vitest.ts";

// What TypeScript refuses and JavaScript lets through.
const untyped = (value: unknown) => value as never;
const target = { baseUrl: "http://in-process", key: "k" };
const options = { clock: systemClock, seed: 1, contract: contracts.opencomputer, target };
const run = (given: object) => runLaws(untyped({ ...options, ...given })).next();

test.each<[act: () => unknown, message: string]>([
  [() => registerLaws(untyped("opencomputr"), { target }), 'there is no contract "opencomputr": did you mean "opencom'],
  [() => registerLaws("opencomputer", untyped(undefined)), "registerLaws: its options are an object, not undefined"],
  [
    () => registerLaws("opencomputer", untyped({ target, createMax: 5 })),
    'registerLaws: there is no option "createMax": did you mean "createsMax"?',
  ],
  [
    () => registerLaws("opencomputer", untyped({ target: { ...target, otherkey: "x" } })),
    'registerLaws: target: there is no option "otherkey": did you mean "otherKey"?',
  ],
  [
    () => registerLaws("opencomputer", { target, failOn: untyped("MIGHT") }),
    'registerLaws: there is no requirement "MIGHT": there are MUST, SHOULD, MAY',
  ],
  [
    () => defineConformance({ ...target, contract: "recoup" }, untyped({ profile: "fool" })),
    'registerLaws: there is no profile "fool": did you mean "full"?',
  ],
  [() => run({ shrinkMax: 5 }), 'runLaws: there is no option "shrinkMax": did you mean "shrinksMax"?'],
  [() => run({ signal: 5 }), "runLaws: signal is of type number: give an AbortSignal"],
  [() => run({ clockMode: "Auto" }), 'runLaws: there is no clock mode "Auto": did you mean "auto"?'],
  [() => runLaws(untyped(null)).next(), "runLaws: its options are an object, not null"],
  [() => createSession(untyped({ ...options, laws: [] })), 'createSession: there is no option "laws": there are '],
])("a caller's slip is refused: %s", async (act, message) => {
  const refused = await Promise.resolve()
    .then(act)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(message) as string });
});
