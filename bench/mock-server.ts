import { createMock, startReplica } from "../mocks/index.ts";

/** The OpenComputer mock with everything on, as `sandglass mock` starts it. */
const [, , state] = process.argv;
const { port } = await start();
process.send?.({ port });

async function start() {
  if (state?.startsWith("redis:") !== true)
    return createMock(state === undefined ? {} : { state }).listen("opencomputer");
  const { listeners } = await startReplica({ state, listen: { opencomputer: {} } });
  return listeners.get("opencomputer")!;
}

// The parent asks for the memory, after a collection, to tell what a sandbox costs and whether it stays flat.
process.on("message", (message) => {
  if (message !== "memory") return;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapBytes: heapUsed, residentBytes: rss });
});
process.once("disconnect", () => process.exit());
