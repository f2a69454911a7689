import { measureReference } from "./judge-reference.ts";
import type { Judging } from "./judge-reference.ts";

// node test/measure-exploration.ts > docs/reference/exploration.md: how much of each contract's table a run covers.

/** Lets so much time pass before each answer, in a run that cannot move the clock. */
const late = (ms: number): Partial<Judging> => ({
  isUsual: true,
  gateway: (clock, _, next) => {
    clock.advance(ms);
    return next();
  },
});

const runs: readonly (readonly [what: string, how: Partial<Judging>])[] = [
  ...[40, 100, 400].map((createsMax) => [`full, ${createsMax} creates, clock moved`, { createsMax }] as const),
  ...[20, 100, 250].map((ms) => [`usual, ${ms} ms for each answer`, late(ms)] as const),
];

const rows: string[] = [];
for (const name of ["opencomputer", "recoup"] as const) {
  for (const [what, how] of runs) {
    const { explored, took } = await measureReference(name, { seed: 1, ...how });
    const share = explored && [explored.cells, explored.pairs].map(({ covered, of }) => `${covered} of ${of}`);
    rows.push(
      `| ${name} | ${what} | ${(share ?? ["none", "none"]).join(" | ")} | ${took.created} | ${took.requests} |`,
    );
  }
}

console.log(`# How much a run explores

The model of a contract spans a table: the states of a sandbox, or of what an account keeps, by classes of requests. A _cell_ is a class of
requests in a state, a _pair_ a usual request right after another. An exploration goes through as much of it as 7000 requests and 60 s of
waiting for answers allow. It takes 3 sandboxes of OpenComputer, and 7 of Recoup, which is explored in the profile \`full\` alone:
more creates do not cover more, and slow answers cover less.

What is left where nothing limits it, of OpenComputer: a stopped sandbox that never had a gate (the exploration turns both gates on before it kills), a kill and a rotation in other states than the
one where they were sent, and old tokens of a sandbox that never had another. Of Recoup: uploads to another tenant's account, which no request can name.

Measured on the reference servers, seed 1, by \`node test/measure-exploration.ts\`:

| contract | run | cells | pairs | created | requests of the whole run |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`);
