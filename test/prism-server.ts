import { createRequire } from "node:module";

/** The parts of Prism that a server is made of; its packages come without an entry for types that fits ESM. */
type PrismServer = {
  readonly listen: (port: number, host: string) => Promise<string>; // resolves with the URL
  readonly close: () => Promise<void>;
};
type PrismHttp = { readonly getHttpOperationsFromSpec: (file: string) => Promise<readonly unknown[]> };
type PrismCore = { readonly createLogger: (name: string, options: { readonly level: string }) => unknown };
type PrismHttpServer = {
  readonly createServer: (operations: readonly unknown[], options: Readonly<Record<string, unknown>>) => PrismServer;
};

/**
 * Starts Prism's mock of a document on a free loopback port, as `prism mock FILE` does: static examples, requests
 * validated, the credential asked for.
 */
export async function startPrism(file: string): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const prism = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-cli"));
  const { getHttpOperationsFromSpec } = prism("@stoplight/prism-http") as PrismHttp;
  const { createLogger } = prism("@stoplight/prism-core") as PrismCore;
  const { createServer } = prism("@stoplight/prism-http-server") as PrismHttpServer;
  const server = createServer(await getHttpOperationsFromSpec(file), {
    cors: false,
    components: { logger: createLogger("prism", { level: "silent" }) },
    config: {
      isProxy: false,
      checkSecurity: true,
      validateRequest: true,
      validateResponse: true,
      errors: false,
      mock: { dynamic: false, ignoreExamples: false },
    },
  });
  const url = await server.listen(0, "127.0.0.1");
  return { url, close: server.close };
}
