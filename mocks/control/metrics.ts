import type { Metric, Registry } from "prom-client";
import { durationBoundsMs, type RequestTally } from "../kit/request-tally.ts";
import type { Universe } from "../kit/universe.ts";

/** Gives what a mock has done and holds, in the text form that Prometheus reads. */
export type MetricsReader = () => Promise<string>;

/** Creates a reader. The library is loaded with the first reading, which most mocks never see. */
export function createMetricsReader(universe: Universe, tallies: () => Iterable<RequestTally>): MetricsReader {
  let registry: Promise<Registry> | undefined;
  return async () => (await (registry ??= createRegistry(universe, tallies))).metrics();
}

let ofProcess: Registry | undefined; // once, however many mocks there are: it observes the process from then on

async function createRegistry(universe: Universe, tallies: () => Iterable<RequestTally>): Promise<Registry> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: "sandglass_requests_total",
    help: "Requests that were answered.",
    labelNames: ["contract", "operation", "status"],
    registers,
    collect() {
      this.reset();
      for (const { contract, operation, status, count } of tallies()) this.inc({ contract, operation, status }, count);
    },
  });
  new Gauge({
    name: "sandglass_worlds",
    help: "Worlds that there are.",
    registers,
    collect() {
      this.set([...universe.worlds()].length);
    },
  });
  new Gauge({
    name: "sandglass_records",
    help: "Records of all worlds.",
    labelNames: ["table"],
    registers,
    collect() {
      this.reset();
      for (const world of universe.worlds()) {
        for (const [table, records] of world.tables()) this.inc({ table }, records.size());
      }
    },
  });
  registry.registerMetric(durations(tallies) as unknown as Metric);
  if (ofProcess === undefined) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
  return Registry.merge([registry, ofProcess]);
}

/** A histogram whose requests are counted already: the library's own would take each of them one by one. */
function durations(tallies: () => Iterable<RequestTally>) {
  const name = "sandglass_request_duration_seconds";
  const valuesOf = ({ contract, operation, status, count, sumMs, within }: RequestTally) => {
    const labels = { contract, operation, status };
    let upTo = 0;
    const buckets = durationBoundsMs.map((boundMs, at) => {
      const value = (upTo += within[at]!);
      return { metricName: `${name}_bucket`, labels: { ...labels, le: boundMs / 1_000 }, value };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
      { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  };
  const help = "Time from a request that has arrived whole to its answer, without what sending it takes.";
  return { name, get: () => ({ name, help, type: "histogram", values: [...tallies()].flatMap(valuesOf) }) };
}
