import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { systemClock } from "../contract/clock.ts";
import { configInvalid } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";
import { createCheckCommand, judgeFlagsOf, judgeSources, type JudgeFlags } from "./check.ts";
import { parsePreviewDomain } from "./conform-options.ts";
import { contractList, contractNames } from "./contract-names.ts";
import { parsePort } from "./mock-contracts.ts";
import { createPrismValidator, type PrismAnswer, type PrismRequest, type PrismVerdict } from "./prism.ts";
import { type ForwardedExchange, startProxyServer } from "./proxy-server.ts";
import { shareOptions } from "./shared-options.ts";
import { color } from "./terminal-text.ts";

type ProxyFlags = JudgeFlags & {
  readonly target: string;
  readonly port: number;
  readonly host: string;
  readonly allowWrites?: boolean;
  readonly previewDomain?: string;
};

const examples = `
Examples:
  sandglass proxy opencomputer --target https://sandboxes.example
  sandglass proxy recoup --target http://127.0.0.1:4010 --allow-writes --report html=report.html`;

/**
 * The command `proxy`: stands before a server until it is told to stop, and judges what goes through. Then it sets
 * `process.exitCode` as `check` does.
 */
export function createProxyCommand(): Command {
  const command = new Command("proxy")
    .description("stand before a deployment, and judge what an app sends and is answered")
    .addHelpText("after", examples)
    .argument("<contract>", contractList)
    .requiredOption("--target <url>", "the server that requests go on to")
    .option("--port <port>", "where the app finds the proxy, 0 for any", parsePort, 4040)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--allow-writes", "let requests through that may change something; GET, HEAD and OPTIONS alone by default")
    .option("--preview-domain <domain>", "what follows sb-<id>-p<port>. in the target's preview host names")
    .option("--quiet", "tell no exchanges, and the verdict alone");
  return shareOptions(command, createCheckCommand(), [
    "--keys-apart",
    "--lists-lag",
    "--law",
    "--waivers",
    "--report",
    "--verbose",
  ]).action(async (contract: string, flags: ProxyFlags) => {
    const proxy = await startProxy(contract, flags, (line) => process.stdout.write(`${line}\n`));
    process.stdout.write(`${proxy.url} leads to ${flags.target}; Ctrl+C ends it and judges all that went through.\n\n`);
    await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
    process.exitCode = await proxy.end();
  });
}

/** A proxy that runs: where, and how it is ended and what it saw is judged. */
type RunningProxy = { readonly url: string; readonly end: () => Promise<number> };

/**
 * Starts a proxy: Prism says of each exchange at once what is wrong with its form, and the laws and the model of the contract
 * say of all of them at the end what was wrong by what went before.
 *
 * @param tell - takes a line for each exchange
 * @throws {@link ContractError} `CONFIG_INVALID`, `PACKAGE_MISSING`, `PORT_UNAVAILABLE`
 */
export async function startProxy(name: string, flags: ProxyFlags, tell: (line: string) => void): Promise<RunningProxy> {
  const target = parseTarget(flags.target);
  const previewDomain = parsePreviewDomain(flags.previewDomain);
  const again = [
    `npx sandglass proxy ${name} --target ${target}`,
    ...(flags.allowWrites === true ? ["--allow-writes"] : []),
    ...judgeFlagsOf(flags),
    ...(previewDomain === undefined ? [] : [`--preview-domain ${previewDomain}`]),
  ].join(" ");
  const recording = new PassThrough();
  const validate = await createPrismValidator(documentOf(name));
  const { createSecretMask } = await import("../../conformance/command.ts");
  const { prismName } = await import("./known-laws.ts");
  const mask = createSecretMask({});
  let pending = Promise.resolve(); // exchanges are told in order
  const verdicts = new Map<number, PrismVerdict>(); // by entry of the recording
  let written = 0;
  const take = async (exchange: ForwardedExchange) => {
    learnSecrets(exchange, mask.learn);
    const verdict = await judgeForm(exchange, validate);
    written += 1;
    if (verdict.request.length + verdict.answer.length > 0) verdicts.set(written, verdict);
    recording.write(lineOf(exchange));
    if (flags.quiet === true) return;
    const said = linesOf(exchange, verdict).map((line) => printable(mask.text(line)));
    for (const line of said) tell(said.length > 1 ? color("yellow", line) : color("dim", line));
  };
  let judged: Promise<number> | undefined;
  await new Promise<void>((begun, refused) => {
    const open = () => {
      begun(); // what the flags say is in order
      return [{ name: "the proxy", bytes: recording }];
    };
    const read = ({ place: { entry } }: { readonly place: { readonly entry: number } }) => {
      const verdict = verdicts.get(entry) ?? nothing;
      verdicts.delete(entry);
      return verdict;
    };
    const how = { reach: { baseUrls: [target] }, secondReading: { name: prismName, read }, again };
    judged = judgeSources(name, open, how, flags);
    judged.catch(refused);
  });
  const server = await startProxyServer({
    routes: { target, hasPreviews: name === "opencomputer", previewDomain },
    ...{ port: flags.port, host: flags.host, allowWrites: flags.allowWrites === true, clock: systemClock },
    onExchange: (exchange) => {
      pending = pending.then(() => take(exchange));
    },
    onRefused: ({ method, path, why }) =>
      tell(printable(mask.text(`  -  ${method.padEnd(6)}  ${pathOf(path)}  ${why}`))),
  });
  return {
    url: server.url,
    end: async () => {
      await server.close();
      await pending;
      recording.end();
      return judged!;
    },
  };
}

function documentOf(name: string): string {
  if (!contractNames.some((one) => one === name))
    throw configInvalid(`there is no contract "${name}": it is ${contractList}`);
  return fileURLToPath(new URL(`../../generated/${name}/openapi.json`, import.meta.url));
}

function parseTarget(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.username === "")
    return url.origin;
  throw configInvalid(`--target ${text}: write http://HOST or https://HOST, with no path and no password`);
}

/** Credentials are masked in all that is told. */
function learnSecrets({ requestHeaders }: ForwardedExchange, learn: (secret: string, name: string) => void): void {
  for (const name of ["x-api-key", "authorization", "x-oc-preview-token"]) {
    const secret = requestHeaders[name]?.replace(/^Bearer\s+/i, "");
    if (secret !== undefined) learn(secret, "SANDGLASS_KEY");
  }
}

/** An exchange as a recording has it. */
function lineOf(exchange: ForwardedExchange): string {
  const { number, method, origin, path, requestHeaders, requestBody, status, answerHeaders, answerBody } = exchange;
  const { startedAtMs, durationMs } = exchange;
  const sent =
    requestBody === undefined ? { bodySize: 1 } : requestBody.length === 0 ? {} : { body: String(requestBody) };
  const request = { method, url: `${origin}${path}`, headers: requestHeaders, ...sent };
  const answer = answerBody === undefined ? {} : { body: String(answerBody) };
  const response = { status, headers: answerHeaders, ...answer };
  return `${JSON.stringify({ number, startedAtMs, durationMs, request, response })}\n`;
}

const nothing: PrismVerdict = { request: [], answer: [] };

/** What Prism says. What is behind a preview is no business of the document, and a body that was not kept is not missing. */
async function judgeForm(
  exchange: ForwardedExchange,
  validate: Awaited<ReturnType<typeof createPrismValidator>>,
): Promise<PrismVerdict> {
  if (exchange.isPreview) return nothing;
  const { request, answer } = await validate(requestOf(exchange), answerOf(exchange));
  return {
    request: exchange.requestBody === undefined ? [] : request,
    answer: exchange.answerBody === undefined ? [] : answer,
  };
}

function requestOf({ method, path, requestHeaders: headers, requestBody }: ForwardedExchange): PrismRequest {
  const { pathname, searchParams } = new URL(path, "http://proxy");
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
  return { method: method.toLowerCase(), url: { path: pathname, query }, headers, body: valueOf(headers, requestBody) };
}

function answerOf({ status, answerHeaders: headers, answerBody }: ForwardedExchange): PrismAnswer {
  return { statusCode: status, headers, body: valueOf(headers, answerBody) };
}

function valueOf(headers: Readonly<Record<string, string>>, body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) return undefined;
  if (!/\bjson\b/i.test(headers["content-type"] ?? "")) return String(body);
  try {
    return JSON.parse(String(body)) as unknown;
  } catch {
    return String(body);
  }
}

function linesOf(
  { method, origin, path, isPreview, status, durationMs }: ForwardedExchange,
  { request, answer }: PrismVerdict,
): readonly string[] {
  const place = isPreview ? new URL(origin).host : "";
  return [
    `${status}  ${method.padEnd(6)}  ${place}${pathOf(path)}  ${Math.round(durationMs)} ms`,
    ...request.map((text) => `     the request: ${text}`),
    ...answer.map((text) => `     the answer: ${text}`),
  ];
}

/** A query may hold a signature or a token. */
function pathOf(path: string): string {
  const [pathname = "", query] = path.split("?");
  return query === undefined ? pathname : `${pathname}?…`;
}
