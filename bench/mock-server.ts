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

// The parent asks for the size of the heap, after a collection, to tell what a sandbox costs.
process.on("message", (message) => {
  if (message !== "heap") return;
  globalThis.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
process.once("disconnect", () => process.exit());
