import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Scalar's mock server of the same document, from the folder that is given. */
const [, , folder = ""] = process.argv;
const load = async (path: string) =>
  (await import(pathToFileURL(join(folder, "node_modules", path)).href)) as Record<
    string,
    (options: object) => unknown
  >;
const { createMockServer } = await load("@scalar/mock-server/dist/index.js");
const { serve } = await load("@hono/node-server/dist/index.mjs");
const document: unknown = JSON.parse(readFileSync("generated/opencomputer/openapi.json", "utf8"));
const app = (await createMockServer!({ document })) as { readonly fetch: unknown };
const server = serve!({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
server.once("listening", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
