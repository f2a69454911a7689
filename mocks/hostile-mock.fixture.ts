import { createMock } from "./index.ts";

/** Both mocks in a process of their own, as `sandglass mock` runs them: what would end that one ends this one. */
const [upstream = ""] = process.argv.slice(2);
const previewUpstreams = { "3000": upstream, "9": "http://127.0.0.1:9" };
const mock = createMock({ seed: "hostile", settings: { previewUpstreams } });
const ports = { recoup: (await mock.listen("recoup")).port, opencomputer: (await mock.listen("opencomputer")).port };
process.send!({ ports });

/** What the process holds after a collection. */
export type Held = { readonly bytes: number; readonly sockets: number };

process.on("message", () => {
  for (const world of [...mock.universe.worlds()]) {
    if (world === mock.defaultWorld()) mock.universe.reset(world);
    else mock.universe.delete(world);
  }
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  process.send!({ bytes: heapUsed + arrayBuffers, sockets } satisfies Held);
});
process.once("disconnect", () => process.exit());
