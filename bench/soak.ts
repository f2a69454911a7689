import { parseArgs } from "node:util";
import { measureMemory, startContestant, stopContestant } from "./measure.ts";
import { formatRequest, openPipeline, type Pipeline } from "./pipeline.ts";

/**
 * Millions of requests to one mock in a process of its own, as test suites send them: each makes a world, lives the lives of some
 * sandboxes in it (create, get, list, a preview with its token, kill), and deletes it. Tells the mock's memory on the way, which is to
 * stay flat. Bind it to one core with `taskset -c 0 node bench/soak.ts`.
 */
const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "10000000" },
    step: { type: "string", default: "500000" }, // of what is told
    lanes: { type: "string", default: "4" }, // suites at once
    rounds: { type: "string", default: "25" }, // of each suite
    together: { type: "string", default: "8" }, // sandboxes of a round, whose requests are sent in one go
  },
});
const [requests, step, rounds] = [Number(values.requests), Number(values.step), Number(values.rounds)];
const together = Array.from({ length: Number(values.together) });
const mock = await startContestant("mock", "mock-server.ts", ["--expose-gc"]);
const began = performance.now();
const steps: { readonly heap: number; readonly resident: number }[] = [];
let sent = 0;
let told = 0;

async function liveSuite(pipeline: Pipeline): Promise<void> {
  const send = async (messages: readonly string[], due: number) => {
    sent += messages.length;
    return pipeline.send(messages, due);
  };
  const [made] = await send([formatRequest("POST", "/__sandglass/worlds", [], "{}")], 201);
  const world = JSON.parse(made!) as {
    readonly id: string;
    readonly tenants: readonly { readonly contract: string; readonly key: string }[];
  };
  const key = [`x-api-key: ${world.tenants.find(({ contract }) => contract === "opencomputer")!.key}`];
  const create = formatRequest("POST", "/api/sandboxes", key, '{"timeout":60,"previewAuth":{}}');
  for (let round = 0; round < rounds && sent < requests; round += 1) {
    const answers = await send(
      together.map(() => create),
      201,
    );
    const lives = answers.map((text) => JSON.parse(text) as { sandboxID: string; previewAuthToken: string });
    const paths = lives.map(({ sandboxID }) => `/api/sandboxes/${sandboxID}`);
    await send(
      [...paths, ...paths.map(() => "/api/sandboxes")].map((path) => formatRequest("GET", path, key)),
      200,
    );
    const previews = lives.map(({ sandboxID, previewAuthToken }) => {
      const path = `/__sandglass/preview/${world.id}/${sandboxID}/3000/`;
      return formatRequest("GET", path, [`x-oc-preview-token: ${previewAuthToken}`]);
    });
    await send(previews, 200);
    await send(
      paths.map((path) => formatRequest("DELETE", path, key)),
      204,
    );
  }
  await send([formatRequest("DELETE", `/__sandglass/worlds/${world.id}`, [])], 204);
}

async function tell(): Promise<void> {
  told += step;
  const { heapBytes, residentBytes } = await measureMemory(mock);
  const [heap, resident] = [heapBytes / 2 ** 20, residentBytes / 2 ** 20];
  steps.push({ heap, resident });
  const seconds = Math.round((performance.now() - began) / 1_000);
  const line = `${sent} requests, ${seconds} s: heap ${heap.toFixed(1)} MiB, resident ${resident.toFixed(0)} MiB\n`;
  process.stdout.write(line);
}

async function work(): Promise<void> {
  const pipeline = await openPipeline(mock.port);
  while (sent < requests) {
    await liveSuite(pipeline);
    if (sent >= told + step) await tell();
  }
  pipeline.close();
}

await Promise.all(Array.from({ length: Number(values.lanes) }, work));
await stopContestant(mock);
const [first, last] = [steps[0]!, steps.at(-1)!];
const ratio = (one: number, other: number) => (one / other).toFixed(2);
process.stdout.write(
  `last / first: heap ${ratio(last.heap, first.heap)}, resident ${ratio(last.resident, first.resident)}\n`,
);
