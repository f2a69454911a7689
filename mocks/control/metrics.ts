import type { Universe } from "../kit/universe.ts";

/**
 * What a mock has done and holds, in the text form that Prometheus reads. Label values are names of ours, so none has to be
 * escaped.
 *
 * @param counts - of requests, by contract, operation and status
 */
export function formatMetrics(universe: Universe, counts: ReadonlyMap<string, number>): string {
  const records = new Map<string, number>();
  let worlds = 0;
  for (const world of universe.worlds()) {
    worlds += 1;
    for (const [name, table] of world.tables()) records.set(name, (records.get(name) ?? 0) + table.size());
  }
  const requests = [...counts].map(([key, count]) => {
    const [contract, operation, status] = key.split(" ");
    return `{contract="${contract}",operation="${operation}",status="${status}"} ${count}`;
  });
  return [
    ...family("sandglass_requests_total", "counter", "Requests that were answered.", requests),
    ...family("sandglass_worlds", "gauge", "Worlds that there are.", [` ${worlds}`]),
    ...family(
      "sandglass_records",
      "gauge",
      "Records of all worlds.",
      [...records].map(([name, count]) => `{table="${name}"} ${count}`),
    ),
    ...family("process_resident_memory_bytes", "gauge", "Resident memory.", [` ${process.memoryUsage.rss()}`]),
    "",
  ].join("\n");
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => name + sample)];
}
