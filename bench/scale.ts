import { createManualClock } from "../src/contract/clock.ts";
import { createMock, type Mock } from "../mocks/index.ts";
import { median } from "./measure.ts";

/**
 * What is large: a million sandboxes, a million expiries, ten thousand worlds. In a process of its own, run with
 * `--expose-gc`; each figure is the median of many requests without a socket, so that what is measured is the mock.
 */
const million = Number(process.argv[2] ?? 1_000_000);
const worlds = Number(process.argv[3] ?? 10_000);

const key = { "x-api-key": "sandglass-acme" };
const list = (mock: Mock) => mock.fetch("opencomputer", new Request("http://mock/api/sandboxes", { headers: key }));
const unknown = (mock: Mock) =>
  mock.fetch("opencomputer", new Request("http://mock/__sandglass/preview/sb-00000000/3000/"));
const move = (mock: Mock, advanceMs: number) => {
  const init = {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceMs }),
  };
  return mock.fetch("opencomputer", new Request("http://mock/__sandglass/worlds/default/clock", init));
};

async function create(mock: Mock, count: number): Promise<void> {
  const init = { method: "POST", headers: { ...key, "content-type": "application/json" }, body: '{"timeout":300}' };
  for (let made = 0; made < count; made += 1) {
    await mock.fetch("opencomputer", new Request("http://mock/api/sandboxes", init));
  }
}

async function micros(times: number, act: () => Promise<Response>): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at < times; at += 1) {
    const begin = performance.now();
    await (await act()).text();
    took.push((performance.now() - begin) * 1_000);
  }
  return median(took);
}

/** Two figures taken in turn, so that a machine that slows down slows both down. */
async function inTurn(one: () => Promise<number>, other: () => Promise<number>): Promise<readonly [number, number]> {
  const figures: [number[], number[]] = [[], []];
  for (let round = 0; round < 9; round += 1) {
    figures[0].push(await one());
    figures[1].push(await other());
  }
  return [median(figures[0]), median(figures[1])];
}

const clock = createManualClock(0);
const [small, large] = [createMock({ clock }), createMock({ clock })];
await create(small, 1_000);
await create(large, million);
const [few, many] = await inTurn(
  () => micros(50, () => list(small)),
  () => micros(50, () => list(large)),
);
say(
  "list of 100 newest",
  `${(many / few).toFixed(2)}`,
  `${Math.round(many)} µs of ${million} / ${Math.round(few)} µs of 1,000; at most 1.5`,
);
say(
  "clock step over all expiries",
  `${((await micros(1, () => move(large, 400_000))) / 1_000).toFixed(2)} ms`,
  `of ${million}; at most 5`,
);
say(
  "first list after it",
  `${((await micros(1, () => list(large))) / 1_000).toFixed(1)} ms`,
  `then ${Math.round(await micros(9, () => list(large)))} µs`,
);

const alone = createMock();
const crowd = createMock();
globalThis.gc?.();
const before = process.memoryUsage();
for (let made = 0; made < worlds; made += 1) crowd.createWorld();
globalThis.gc?.();
const after = process.memoryUsage();
say(
  "memory of all worlds",
  `${mib(after.heapUsed - before.heapUsed)} MiB`,
  `heap, of ${worlds} (resident: ${mib(after.rss - before.rss)}); at most 200`,
);
const [one, all] = await inTurn(
  () => micros(20, () => unknown(alone)),
  () => micros(20, () => unknown(crowd)),
);
say(
  "preview of an unknown id",
  `${(all / one).toFixed(2)}`,
  `${Math.round(all)} µs over ${worlds} worlds / ${Math.round(one)} µs over one; at most 1.5`,
);

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function say(name: string, figure: string, note: string): void {
  process.stdout.write(`${name.padEnd(28)} ${figure.padStart(14)}   ${note}\n`);
}
