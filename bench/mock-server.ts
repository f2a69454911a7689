import { createMock } from "../mocks/index.ts";

/** The OpenComputer mock with everything on, as `sandglass mock` starts it. */
const [, , state] = process.argv;
const mock = createMock(state === undefined ? {} : { state });
const listener = await mock.listen("opencomputer");
process.send?.({ port: listener.port });

// The parent asks for the size of the heap, after a collection, to tell what a sandbox costs.
process.on("message", (message) => {
  if (message !== "heap") return;
  globalThis.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
process.once("disconnect", () => process.exit());
