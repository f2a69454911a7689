import { createRequire } from "node:module";
import { requirePeers } from "./optional-peers.ts";

/** The parts of Prism that a server is made of; its packages come without an entry for types that fits ESM. */
type PrismServer = {
  readonly listen: (port: number, host: string) => Promise<string>; // resolves with the URL
  readonly close: () => Promise<void>;
};
type Diagnostic = { readonly message: string; readonly path?: readonly (string | number)[] };
/** What Prism made of one exchange. */
type Judged = {
  readonly _tag: "Left" | "Right";
  readonly right?: {
    readonly validations: { readonly input: readonly Diagnostic[]; readonly output: readonly Diagnostic[] };
  };
};
type PrismInstance = {
  readonly request: (input: PrismRequest, operations: readonly unknown[], config: object) => () => Promise<Judged>;
};
type PrismHttp = {
  readonly getHttpOperationsFromSpec: (file: string) => Promise<readonly unknown[]>;
  readonly createInstance: (config: object, components: object) => PrismInstance;
};
type PrismCore = { readonly createLogger: (name: string, options: { readonly level: string }) => unknown };
type PrismHttpServer = {
  readonly createServer: (operations: readonly unknown[], options: Readonly<Record<string, unknown>>) => PrismServer;
};

function loadPrism(use: "sandglass proxy" | "sandglass mock --static") {
  requirePeers(use);
  const prism = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-cli"));
  const http = prism("@stoplight/prism-http") as PrismHttp;
  const { createLogger } = prism("@stoplight/prism-core") as PrismCore;
  return { http, logger: createLogger("prism", { level: "silent" }), prism };
}

/**
 * Starts Prism's mock of a document, as `prism mock FILE` does: static examples, requests validated, the credential asked for.
 *
 * @throws {@link ContractError} `PACKAGE_MISSING`
 */
export async function startPrism(
  file: string,
  { port = 0, host = "127.0.0.1" } = {},
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const { http, logger, prism } = loadPrism("sandglass mock --static");
  const { createServer } = prism("@stoplight/prism-http-server") as PrismHttpServer;
  const server = createServer(await http.getHttpOperationsFromSpec(file), {
    cors: false,
    components: { logger },
    config: {
      isProxy: false,
      checkSecurity: true,
      validateRequest: true,
      validateResponse: true,
      errors: false,
      mock: { dynamic: false, ignoreExamples: false },
    },
  });
  const url = await server.listen(port, host);
  return { url, close: server.close };
}

/** A request as Prism takes it. */
export type PrismRequest = {
  readonly method: string; // lower case
  readonly url: { readonly path: string; readonly query: Readonly<Record<string, string | readonly string[]>> };
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown; // undefined where there is none; JSON is parsed
};
/** An answer as Prism takes it. */
export type PrismAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};
/** What Prism says of one exchange, in sentences. */
export type PrismVerdict = { readonly request: readonly string[]; readonly answer: readonly string[] };

/**
 * Creates Prism's validation proxy of a document, whose forwarding is done already: it is asked about a request and the answer
 * that came. So what it makes of a body never reaches the server or the app.
 *
 * @throws {@link ContractError} `PACKAGE_MISSING`
 */
export async function createPrismValidator(
  file: string,
): Promise<(request: PrismRequest, answer: PrismAnswer) => Promise<PrismVerdict>> {
  const { http, logger } = loadPrism("sandglass proxy");
  const operations = await http.getHttpOperationsFromSpec(file);
  const answers = new WeakMap<PrismRequest, PrismAnswer>();
  const config = {
    ...{ isProxy: true, upstream: new URL("http://answered.already"), errors: false, mock: {} },
    ...{ checkSecurity: true, validateRequest: true, validateResponse: true },
  };
  const forward =
    ({ data }: { data: PrismRequest }) =>
    () =>
    () =>
      Promise.resolve({ _tag: "Right", right: answers.get(data) });
  const instance = http.createInstance(config, { logger, forward });
  return async (request, answer) => {
    answers.set(request, answer);
    const { right } = await instance.request(request, operations, config)();
    const { input = [], output = [] } = right?.validations ?? {};
    return { request: input.map(sentenceOf), answer: output.map(sentenceOf) };
  };
}

function sentenceOf({ message, path = [] }: Diagnostic): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}
