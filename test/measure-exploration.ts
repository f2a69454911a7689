import { exploredMax } from "../conformance/command.ts";
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
requests in a state, a _pair_ a usual request right after another. An exploration goes through as much of it as ${exploredMax.requests} requests and ${exploredMax.waitedMs / 1_000} s of
waiting for answers allow. It takes 3 sandboxes of OpenComputer, and 7 of Recoup, which is explored in the profile \`full\` alone:
more creates do not cover more, and slow answers cover less.

What is left where nothing limits it, of OpenComputer: a kill and a rotation in other states than the one where they were sent, and old tokens of a sandbox that never
had another. Of Recoup: uploads to another tenant's account, which no request can name.

In the profile \`full\`, where the clock can be moved, it sends up to ${exploredMax.requestsInFull} requests: what is no activity, all at one moment; what is activity, each before the time is
up; and round trips: a sandbox sleeps by request and by its timeout, something is done to it or to another one meanwhile, it wakes by each request that wakes it, is looked at and visited, and left until its time is up.

Classes of requests, each in each state: both sides of each bound, what is absent, null, zero, empty, the default named; lengths in bytes, UTF-16 units and characters; numbers
beyond 31, 32 and 53 bits, and those that come out small in 16 or 32 bits, in milliseconds or in nanoseconds; a valid part before a broken one; another tenant and no key; previews by each header, method and
port, by upgrade, with old tokens, another sandbox's, and forms of the right one. Not among them: creates, which have laws of their own, what is done inside a sandbox, checkpoints, forks, and more
than one thing done between sleep and wake.

Measured on the reference servers, seed 1, by \`node test/measure-exploration.ts\`:

| contract | run | cells | pairs | created | requests of the whole run |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`);
