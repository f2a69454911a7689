import { createHash } from "node:crypto";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { createWith } from "../attempt.ts";
import { act, get, kill, list } from "../calls.ts";
import { readIn, writeIn } from "../laws/inside.ts";
import { tokenIn } from "../readings.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { asBearer, createPreviewClient, inOwnHeader } from "../preview-client.ts";
import type { PreviewHeaders, PreviewClient } from "../preview-client.ts";

const plain = { timeout: 300, previewAuth: {} };

const metadata = { owner: "ci", "Schlüssel ☂": "值 🌍", empty: "" };

/** A file that is written before the sandbox hibernates for the first time. */
const gateFile = { path: "/tmp/sandglass-gate.txt", text: "kept" } as const;

/** A request, in words what is peculiar about it, and its answer. */
type DescribedRequest = { readonly what: string; readonly exchange: Exchange | undefined };

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
    const awake = await requestAwake(client, token);
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
      ...{ id, attempt, created, readings: [...readings, ...laterReadings], awake, asleep, rotated, raced },
      ...{ killed, afterKill, file: { written, kept, gone } },
    };
  },
});

async function readEverywhere(run: LawRun, id: string): Promise<readonly Exchange[]> {
  return [
    await get(run, id),
    await list(run),
    await act(run, "getSandboxTags", id),
    await act(run, "createPreview", id, { json: { port: 3000 } }),
    await act(run, "listPreviews", id),
  ];
}

/** The sandbox runs all the time here. */
async function requestAwake(client: PreviewClient, token: string) {
  const missing = await client.send({});
  const wrong = await client.send(inOwnHeader(otherToken(token)));
  const wrongBearer = await client.send(asBearer(otherToken(token)));
  const right = await client.send(inOwnHeader(token));
  const rightBearer = await client.send(asBearer(token));
  return {
    ...{ missing, wrong, wrongBearer, right, rightBearer },
    schemes: await sendEach(client, schemes(token)),
    nearMisses: await sendEach(client, nearMisses(token)),
    elsewhere: await sendElsewhere(client, token),
    precedence: await sendBoth(client, token),
    methods: await sendByMethod(client, token),
    ports: await sendToPorts(client, token),
    paths: await sendToPaths(client),
    sockets: await connectAll(client, token),
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

async function sendEach(
  client: PreviewClient,
  requests: readonly (readonly [string, PreviewHeaders])[],
): Promise<DescribedRequest[]> {
  const made: DescribedRequest[] = [];
  for (const [what, headers] of requests) made.push({ what, exchange: await client.send(headers) });
  return made;
}

function schemes(token: string): readonly (readonly [string, PreviewHeaders])[] {
  return ["bearer", "BEARER", "bEaReR"].map((scheme) => [`the scheme ${scheme}`, asBearer(token, scheme)]);
}

/** Tokens that are almost the right one. */
function nearMisses(token: string): readonly (readonly [string, PreviewHeaders])[] {
  const near: readonly (readonly [string, string])[] = [
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
  return near.flatMap(([what, wrong]) => [
    [`${what}, in X-OC-Preview-Token`, inOwnHeader(wrong)] as const,
    [`${what}, as a bearer token`, asBearer(wrong)] as const,
  ]);
}

async function sendElsewhere(client: PreviewClient, token: string): Promise<readonly DescribedRequest[]> {
  const inQuery = await client.send(
    {},
    { path: `/?token=${token}&previewAuthToken=${token}&x-oc-preview-token=${token}` },
  );
  const others = await sendEach(client, [
    ["the token in a cookie", { cookie: `token=${token}; x-oc-preview-token=${token}` }],
    ["the token without a scheme", { authorization: token }],
    ["the token by the scheme Basic", { authorization: `Basic ${token}` }],
    ["the token in X-API-Key", { "x-api-key": token }],
    ["the token in X-Preview-Token", { "x-preview-token": token }],
  ]);
  return [{ what: "the token in the query", exchange: inQuery }, ...others];
}

async function sendBoth(client: PreviewClient, token: string) {
  const wrong = otherToken(token);
  return {
    wrongFirst: await client.send({ ...inOwnHeader(wrong), ...asBearer(token) }),
    rightFirst: await client.send({ ...inOwnHeader(token), ...asBearer(wrong) }),
    blankFirst: await client.send({ "x-oc-preview-token": " ", ...asBearer(token) }),
    bothWrong: await client.send({ ...inOwnHeader(wrong), ...asBearer(wrong) }),
  };
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

async function sendByMethod(client: PreviewClient, token: string) {
  const made: {
    readonly what: string;
    readonly withoutToken?: Exchange | undefined;
    readonly withToken?: Exchange | undefined;
  }[] = [];
  for (const method of methods) {
    const withoutToken = await client.send(preflightHeaders(method), { method });
    made.push({ what: method, withoutToken, withToken: await client.send(inOwnHeader(token), { method }) });
  }
  return made;
}

/** What a browser sends before a request to another origin, which is a request like any other here. */
function preflightHeaders(method: string): PreviewHeaders {
  if (method !== "OPTIONS") return {};
  return { origin: "https://example.org", "access-control-request-method": "GET" };
}

async function sendToPorts(client: PreviewClient, token: string) {
  const made: {
    readonly what: string;
    readonly withoutToken?: Exchange | undefined;
    readonly withToken?: Exchange | undefined;
  }[] = [];
  for (const port of [1, 80, 8080, 65_535]) {
    const withoutToken = await client.send({}, { port });
    made.push({ what: `port ${port}`, withoutToken, withToken: await client.send(inOwnHeader(token), { port }) });
  }
  return made;
}

async function sendToPaths(client: PreviewClient): Promise<readonly DescribedRequest[]> {
  const made: DescribedRequest[] = [];
  for (const path of ["/deep/path?x=1", "/favicon.ico", "/.well-known/health", "/health", "/api/sandboxes"]) {
    made.push({ what: path, exchange: await client.send({}, { path }) });
  }
  return made;
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
