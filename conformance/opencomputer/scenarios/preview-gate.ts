import { createHash } from "node:crypto";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall, PreviewCall } from "../../kit/law/call.ts";
import { createWith } from "../attempt.ts";
import { act, get, kill, list } from "../calls.ts";
import { readIn, writeIn } from "../laws/inside.ts";
import { undefinedIfNotSent } from "../plain-call.ts";
import { membersOf, tokenIn } from "../readings.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { asBearer, createPreviewClient, inOwnHeader } from "../preview-client.ts";
import type { PreviewHeaders, PreviewClient } from "../preview-client.ts";

const plain = { timeout: 300, previewAuth: {} };

const metadata = { owner: "ci", "Schlüssel ☂": "值 🌍", empty: "" };

/** A file that is written before the sandbox hibernates for the first time. */
const gateFile = { path: "/tmp/sandglass-gate.txt", text: "kept" } as const;

/** A request to a gate, what is peculiar about it, the law that it is for, and whether the gate has to let it through. */
type GateRequest = Omit<PreviewCall, "id" | "headers" | "body"> & {
  readonly law: string;
  readonly what: string;
  readonly opens: boolean;
  readonly headers: PreviewHeaders;
};

/** A request with its answer; undefined where it got none. */
type AskedAtGate = Pick<GateRequest, "law" | "what" | "opens"> & { readonly exchange: Exchange | undefined };

/** A sandbox with a gate, from its creation over hibernation and rotations to its end, and every kind of request to it. */
export const gate = defineScenario({
  name: "gate",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const { id, attempt, exchange: created } = await createWith(run, { ...plain, burst: false, metadata }, plain);
    const written = await writeIn(run, id, gateFile.path, gateFile.text);
    const token = tokenIn(created) ?? "no-token-was-told-at-all";
    const client = createPreviewClient(run, id);
    const readings = await readEverywhere(run, id);
    const awake = await requestAwake(run, client, token);
    const leftAlone = await leaveGateAlone(run, id, client, token);
    const asleep = await requestAsleep(run, id, client, token);
    const rotated = await requestRotated(run, id, client, token);
    const raced = await raceRotations(run, id, client);
    const laterReadings = await readEverywhere(run, id);
    const kept = await readIn(run, id, gateFile.path);
    const killed = await act(run, "killSandbox", id);
    const afterKill = {
      withoutToken: await client.send({}),
      right: await client.send(inOwnHeader(raced.tokens[0] ?? token)),
      left: await client.send(inOwnHeader(raced.tokens[1] ?? token)),
    };
    const gone = await readIn(run, id, gateFile.path);
    return {
      ...{ id, attempt, created, readings: [...readings, ...laterReadings], awake, leftAlone, asleep, rotated, raced },
      ...{ killed, afterKill, file: { written, kept, gone } },
    };
  },
});

async function readEverywhere(run: LawRun, id: string): Promise<readonly Exchange[]> {
  return run.beside([
    () => get(run, id),
    () => list(run),
    () => act(run, "getSandboxTags", id),
    () => act(run, "createPreview", id, { json: { port: 3000 } }),
    () => act(run, "listPreviews", id),
  ]);
}

/** The sandbox runs all the time here. */
async function requestAwake(run: LawRun, client: PreviewClient, token: string) {
  const ask =
    ({ law, what, opens, headers, ...call }: GateRequest) =>
    async (): Promise<AskedAtGate> => ({ law, what, opens, exchange: await client.send(headers, call) });
  const asked = await run.beside(requestsFor(token).map(ask));
  const first = (law: string) => asked.find((each) => each.law === law)?.exchange;
  return {
    asked,
    sockets: await connectAll(client, token),
    ...{ missing: first("token-missing"), wrong: first("token-wrong") },
    ...{ right: first("token-own-header"), rightBearer: first("token-bearer") },
    inCapitals: first("host-case"),
  };
}

/** Where the first WebSocket gets no answer at all, the others would not either. */
async function connectAll({ connect }: PreviewClient, token: string) {
  const missing = await connect({});
  if (missing === undefined) return {};
  return {
    missing,
    wrong: await connect(inOwnHeader(otherToken(token))),
    right: await connect(inOwnHeader(token)),
    rightBearer: await connect(asBearer(token)),
  };
}

type Told = Omit<GateRequest, "law" | "what" | "opens" | "headers">;

function shut(law: string, what: string, headers: PreviewHeaders, more: Told = {}): GateRequest {
  return { law, what, opens: false, headers, ...more };
}

function open(law: string, what: string, headers: PreviewHeaders, more: Told = {}): GateRequest {
  return { law, what, opens: true, headers, ...more };
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** What a browser sends before a request to another origin, which is a request like any other here. */
const preflight = { origin: "https://example.org", "access-control-request-method": "GET" };

function requestsFor(token: string): readonly GateRequest[] {
  const wrong = otherToken(token);
  const [right, rightBearer] = [inOwnHeader(token), asBearer(token)];
  const [wrongOwn, wrongBearer] = [inOwnHeader(wrong), asBearer(wrong)];
  return [
    shut("token-missing", "no token", {}),
    shut("token-wrong", "a wrong token", wrongOwn),
    shut("token-wrong", "a wrong bearer token", wrongBearer),
    open("token-own-header", "the right token", right),
    open("token-bearer", "the right bearer token", rightBearer),
    ...["bearer", "BEARER", "bEaReR"].map((scheme) =>
      open("scheme-case", `the scheme ${scheme}`, asBearer(token, scheme)),
    ),
    ...nearMisses(token).flatMap(([what, near]) => [
      shut("token-near-miss", `${what}, in X-OC-Preview-Token`, inOwnHeader(near)),
      shut("token-near-miss", `${what}, as a bearer token`, asBearer(near)),
    ]),
    shut(
      "token-elsewhere",
      "the token in the query",
      {},
      {
        path: `/?token=${token}&previewAuthToken=${token}&x-oc-preview-token=${token}`,
      },
    ),
    shut("token-elsewhere", "the token in a cookie", { cookie: `token=${token}; x-oc-preview-token=${token}` }),
    shut("token-elsewhere", "the token without a scheme", { authorization: token }),
    shut("token-elsewhere", "the token by the scheme Basic", { authorization: `Basic ${token}` }),
    shut("token-elsewhere", "the token in X-API-Key", { "x-api-key": token }),
    shut("token-elsewhere", "the token in X-Preview-Token", { "x-preview-token": token }),
    shut("header-precedence", "a wrong token before a right bearer token", { ...wrongOwn, ...rightBearer }),
    open("header-precedence", "a right token before a wrong bearer token", { ...right, ...wrongBearer }),
    open("header-blank", "a right bearer token behind a blank token", { "x-oc-preview-token": " ", ...rightBearer }),
    open("host-case", "the right token, the host name in capital letters", right, { inCapitals: true }),
    shut("both-wrong", "two wrong tokens", { ...wrongOwn, ...wrongBearer }),
    ...methods.flatMap((method) => [
      shut("every-method", `${method} without a token`, method === "OPTIONS" ? preflight : {}, { method }),
      open("every-method-opens", `${method} with the token`, right, { method }),
    ]),
    ...[1, 80, 8080, 65_535].flatMap((port) => [
      shut("every-port", `port ${port} without a token`, {}, { port }),
      open("one-token-for-all-ports", `port ${port} with the token`, right, { port }),
    ]),
    ...["/deep/path?x=1", "/favicon.ico", "/.well-known/health", "/health", "/api/sandboxes"].map((path) =>
      shut("every-path", `${path} without a token`, {}, { path }),
    ),
  ];
}

/** Tokens that are almost the right one. */
function nearMisses(token: string): readonly (readonly [what: string, near: string])[] {
  return [
    ["the token without its last character", token.slice(0, -1)],
    ["the token without its first character", token.slice(1)],
    ["the first 16 characters of the token", token.slice(0, 16)],
    ["the token with a character more", `${token}x`],
    ["the token twice", token + token],
    ["the token in the other letter case", swapCase(token)],
    ["the SHA-256 of the token", createHash("sha256").update(token).digest("hex")],
    ["the word auto", "auto"],
    ["the word undefined", "undefined"],
  ];
}

/** What is done to a sandbox and is not about its gate; a credential is in the answer of some. */
export const notAboutGate: readonly Omit<ApiCall, "path">[] = [
  { operation: "setSandboxTimeout", json: { timeout: plain.timeout } },
  { operation: "replaceSandboxTags", json: { previewAuth: "none" } },
  { operation: "createPreview", json: { port: 3000, authConfig: { token: "no-token-of-this-gate" } } },
  { operation: "deletePreview" },
  { operation: "refreshSandboxToken" },
];

/** Does what is not about the gate, and looks each time who is let in: by the token, without one, and by what the answer holds. */
async function leaveGateAlone(run: LawRun, id: string, client: PreviewClient, token: string) {
  const looks = [];
  for (const call of notAboutGate) {
    const exchange = await run.send({ ...call, path: { id, port: "3000" } }).catch(undefinedIfNotSent);
    if (exchange === undefined) continue;
    const { token: credential } = membersOf(exchange);
    looks.push({
      exchange,
      right: await client.send(inOwnHeader(token)),
      missing: await client.send({}),
      credential: typeof credential === "string" ? await client.send(inOwnHeader(credential)) : undefined,
    });
  }
  return looks;
}

/** Which requests wake a sandbox that hibernates. */
async function requestAsleep(run: LawRun, id: string, client: PreviewClient, token: string) {
  const hibernated = await act(run, "hibernateSandbox", id);
  const missing = await client.send({});
  const afterMissing = await get(run, id);
  const wrong = await client.send(inOwnHeader(otherToken(token)));
  const afterWrong = await get(run, id);
  const right = await client.send(inOwnHeader(token));
  const afterRight = await get(run, id);
  const hibernatedAgain = await act(run, "hibernateSandbox", id);
  const woken = await act(run, "wakeSandbox", id);
  const rightAwake = await client.send(inOwnHeader(token));
  const missingAwake = await client.send({});
  return {
    ...{ hibernated, missing, afterMissing, wrong, afterWrong, right, afterRight },
    ...{ hibernatedAgain, woken, rightAwake, missingAwake },
  };
}

/** Rotated while it runs, and again while it hibernates. */
async function requestRotated(run: LawRun, id: string, client: PreviewClient, first: string) {
  const rotation = await act(run, "rotatePreviewToken", id);
  const second = tokenIn(rotation) ?? "";
  const old = await client.send(inOwnHeader(first));
  const fresh = await client.send(inOwnHeader(second));
  const hibernated = await act(run, "hibernateSandbox", id);
  const rotationAsleep = await act(run, "rotatePreviewToken", id);
  const third = tokenIn(rotationAsleep) ?? "";
  const afterRotation = await get(run, id);
  const oldAsleep = await client.send(inOwnHeader(second));
  const freshAsleep = await client.send(inOwnHeader(third));
  return { rotation, old, fresh, hibernated, rotationAsleep, afterRotation, oldAsleep, freshAsleep };
}

/** Two rotations at once, then a request with either token. */
async function raceRotations(run: LawRun, id: string, client: PreviewClient) {
  const rotate = () => act(run, "rotatePreviewToken", id);
  const rotations = await run.together([rotate, rotate]);
  const tokens = rotations.map(tokenIn);
  const withEither: (Exchange | undefined)[] = [];
  for (const token of tokens) withEither.push(await client.send(inOwnHeader(token ?? "no-token-was-told-at-all")));
  return { rotations, tokens, answers: withEither };
}

/** A token of the same length and kind that is another one. */
export function otherToken(token: string): string {
  return [...token].map((character) => (character === "A" ? "B" : "A")).join("");
}

function swapCase(text: string): string {
  return [...text].map((it) => (it === it.toLowerCase() ? it.toUpperCase() : it.toLowerCase())).join("");
}

/** Ends a sandbox by a kill and a hibernate at once, and looks at what is left of it. */
export async function raceToTheEnd(run: LawRun, id: string) {
  const [killed, hibernated] = (await run.together([
    () => act(run, "killSandbox", id),
    () => act(run, "hibernateSandbox", id),
  ])) as [Exchange, Exchange];
  const got = await get(run, id);
  const listed = await list(run);
  const woken = await act(run, "wakeSandbox", id);
  const gotLater = await get(run, id);
  await kill(run, id);
  return { id, killed, hibernated, got, listed, woken, gotLater };
}
