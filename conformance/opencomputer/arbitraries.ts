import fc from "fast-check";
import type { Case } from "../kit/law/case.ts";
import { droppingMembers } from "../kit/input/droppable.ts";

const variableName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,15}$/);
const note = fc.string({ unit: "grapheme", maxLength: 16 });

/** The least that there is, and what leaves time to look. */
const timeout = fc.oneof(fc.constant(1), fc.integer({ min: 60, max: 300 }));
const diskMB = 20_480; // what a sandbox has anyway: more has its price
const envs = fc.dictionary(variableName, note, { maxKeys: 2, noNullPrototype: true });
const metadata = fc.dictionary(note, note, { maxKeys: 2, noNullPrototype: true });
const previewAuth = fc.constantFrom(
  {},
  { scheme: "bearer" },
  { scheme: "bearer", token: "auto" },
  { token: "" },
  { token: "correct-horse-battery" },
);

const small = fc.constantFrom(1024, 4096).map((memoryMB) => ({ cpuCount: 1, memoryMB }));

/**
 * Bodies that every server of the contract has to accept, whatever the account's plan, image store or snapshots. Small and
 * short-lived: each costs money.
 *
 * Which members each has is fixed, so that with the bodies of the scenarios any two members are once sent together, once
 * each without the other, and once not at all. A test counts.
 */
export const createRows: readonly Case<unknown>[] = [
  {
    name: "all members",
    arbitrary: row({ templateID: fc.constantFrom("base", ""), timeout, envs, metadata, previewAuth }, small, {
      burst: false,
      diskMB,
    }),
  },
  {
    name: "template and notes",
    arbitrary: row({ templateID: fc.constant("node"), metadata }, fc.constant({}), { diskMB }),
  },
  { name: "template and size", arbitrary: row({ templateID: fc.constant("python"), envs, previewAuth }, small) },
];

/** Any of them. */
export const createBody: fc.Arbitrary<unknown> = fc.oneof(...createRows.map(({ arbitrary }) => arbitrary));

function row(
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  size: fc.Arbitrary<object> = fc.constant({}),
  fixed: object = {},
): fc.Arbitrary<unknown> {
  return droppingMembers(
    fc.tuple(fc.record(members), size).map(([drawn, sized]) => ({ ...drawn, ...sized, ...fixed })),
  );
}
