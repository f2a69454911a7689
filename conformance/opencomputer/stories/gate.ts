import { createHash } from "node:crypto";
import type { Exchange } from "../../kit/target/exchange.ts";
import type { LawRun } from "../../kit/run/law-run.ts";
import { createWith } from "../attempt.ts";
import { act, get, kill, list } from "../calls.ts";
import { tokenIn } from "../readings.ts";
import { defineStory } from "../story.ts";
import { asBearer, createVisitor, inOwnHeader } from "../visits.ts";
import type { VisitHeaders, Visitor } from "../visits.ts";

const plain = { timeout: 300, previewAuth: {} };

const metadata = { owner: "ci", "Schlüssel ☂": "值 🌍", empty: "" };

/** A visit, and in words what is peculiar about it. */
export type Visit = { readonly what: string; readonly exchange: Exchange | undefined };

/** A sandbox with a gate, from its creation over hibernation and rotations to its end, and everybody who comes along. */
export const gate = defineStory({
  name: "gate",
  creates: 1,
  play: async (run) => {
    const { id, attempt, exchange: created } = await createWith(run, { ...plain, burst: false, metadata }, plain);
    const token = tokenIn(created) ?? "no-token-was-told-at-all";
    const visitor = createVisitor(run, id);
    const readings = await readEverywhere(run, id);
    const front = await liveAtTheFront(visitor, token);
    const asleep = await liveAsleep(run, id, visitor, token);
    const rotated = await liveRotated(run, id, visitor, token);
    const raced = await raceRotations(run, id, visitor);
    const laterReadings = await readEverywhere(run, id);
    const killed = await act(run, "killSandbox", id);
    const afterKill = {
      stranger: await visitor.visit({}),
      right: await visitor.visit(inOwnHeader(raced.tokens[0] ?? token)),
      left: await visitor.visit(inOwnHeader(raced.tokens[1] ?? token)),
    };
    return {
      ...{ id, attempt, created, readings: [...readings, ...laterReadings], front, asleep, rotated, raced },
      ...{ killed, afterKill },
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
async function liveAtTheFront(visitor: Visitor, token: string) {
  const missing = await visitor.visit({});
  const wrong = await visitor.visit(inOwnHeader(otherToken(token)));
  const wrongBearer = await visitor.visit(asBearer(otherToken(token)));
  const right = await visitor.visit(inOwnHeader(token));
  const rightBearer = await visitor.visit(asBearer(token));
  return {
    ...{ missing, wrong, wrongBearer, right, rightBearer },
    schemes: await visits(visitor, schemes(token)),
    nearMisses: await visits(visitor, nearMisses(token)),
    elsewhere: await visitElsewhere(visitor, token),
    precedence: await visitWithBoth(visitor, token),
    methods: await visitByMethod(visitor, token),
    ports: await visitPorts(visitor, token),
    paths: await visitPaths(visitor),
    sockets: await connectAll(visitor, token),
  };
}

/** Where the first WebSocket gets no answer at all, the others would not either. */
async function connectAll({ connect }: Visitor, token: string) {
  const missing = await connect({});
  if (missing === undefined) return {};
  return {
    missing,
    wrong: await connect(inOwnHeader(otherToken(token))),
    right: await connect(inOwnHeader(token)),
    rightBearer: await connect(asBearer(token)),
  };
}

async function visits(visitor: Visitor, requests: readonly (readonly [string, VisitHeaders])[]): Promise<Visit[]> {
  const made: Visit[] = [];
  for (const [what, headers] of requests) made.push({ what, exchange: await visitor.visit(headers) });
  return made;
}

function schemes(token: string): readonly (readonly [string, VisitHeaders])[] {
  return ["bearer", "BEARER", "bEaReR"].map((scheme) => [`the scheme ${scheme}`, asBearer(token, scheme)]);
}

/** Tokens that are almost the right one. */
function nearMisses(token: string): readonly (readonly [string, VisitHeaders])[] {
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

async function visitElsewhere(visitor: Visitor, token: string): Promise<readonly Visit[]> {
  const inQuery = await visitor.visit(
    {},
    { path: `/?token=${token}&previewAuthToken=${token}&x-oc-preview-token=${token}` },
  );
  const others = await visits(visitor, [
    ["the token in a cookie", { cookie: `token=${token}; x-oc-preview-token=${token}` }],
    ["the token without a scheme", { authorization: token }],
    ["the token by the scheme Basic", { authorization: `Basic ${token}` }],
    ["the token in X-API-Key", { "x-api-key": token }],
    ["the token in X-Preview-Token", { "x-preview-token": token }],
  ]);
  return [{ what: "the token in the query", exchange: inQuery }, ...others];
}

async function visitWithBoth(visitor: Visitor, token: string) {
  const wrong = otherToken(token);
  return {
    wrongFirst: await visitor.visit({ ...inOwnHeader(wrong), ...asBearer(token) }),
    rightFirst: await visitor.visit({ ...inOwnHeader(token), ...asBearer(wrong) }),
    blankFirst: await visitor.visit({ "x-oc-preview-token": " ", ...asBearer(token) }),
    bothWrong: await visitor.visit({ ...inOwnHeader(wrong), ...asBearer(wrong) }),
  };
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

async function visitByMethod(visitor: Visitor, token: string) {
  const made: {
    readonly what: string;
    readonly stranger?: Exchange | undefined;
    readonly guest?: Exchange | undefined;
  }[] = [];
  for (const method of methods) {
    const stranger = await visitor.visit(preflightHeaders(method), { method });
    made.push({ what: method, stranger, guest: await visitor.visit(inOwnHeader(token), { method }) });
  }
  return made;
}

/** What a browser sends before a request to another origin, which is a request like any other here. */
function preflightHeaders(method: string): VisitHeaders {
  if (method !== "OPTIONS") return {};
  return { origin: "https://example.org", "access-control-request-method": "GET" };
}

async function visitPorts(visitor: Visitor, token: string) {
  const made: {
    readonly what: string;
    readonly stranger?: Exchange | undefined;
    readonly guest?: Exchange | undefined;
  }[] = [];
  for (const port of [1, 80, 8080, 65_535]) {
    const stranger = await visitor.visit({}, { port });
    made.push({ what: `port ${port}`, stranger, guest: await visitor.visit(inOwnHeader(token), { port }) });
  }
  return made;
}

async function visitPaths(visitor: Visitor): Promise<readonly Visit[]> {
  const made: Visit[] = [];
  for (const path of ["/deep/path?x=1", "/favicon.ico", "/.well-known/health", "/health", "/api/sandboxes"]) {
    made.push({ what: path, exchange: await visitor.visit({}, { path }) });
  }
  return made;
}

/** Who wakes a sandbox that hibernates. */
async function liveAsleep(run: LawRun, id: string, visitor: Visitor, token: string) {
  const hibernated = await act(run, "hibernateSandbox", id);
  const missing = await visitor.visit({});
  const afterMissing = await get(run, id);
  const wrong = await visitor.visit(inOwnHeader(otherToken(token)));
  const afterWrong = await get(run, id);
  const right = await visitor.visit(inOwnHeader(token));
  const afterRight = await get(run, id);
  const hibernatedAgain = await act(run, "hibernateSandbox", id);
  const woken = await act(run, "wakeSandbox", id);
  const rightAwake = await visitor.visit(inOwnHeader(token));
  const missingAwake = await visitor.visit({});
  return {
    ...{ hibernated, missing, afterMissing, wrong, afterWrong, right, afterRight },
    ...{ hibernatedAgain, woken, rightAwake, missingAwake },
  };
}

/** Rotated while it runs, and again while it hibernates. */
async function liveRotated(run: LawRun, id: string, visitor: Visitor, first: string) {
  const rotation = await act(run, "rotatePreviewToken", id);
  const second = tokenIn(rotation) ?? "";
  const old = await visitor.visit(inOwnHeader(first));
  const fresh = await visitor.visit(inOwnHeader(second));
  const hibernated = await act(run, "hibernateSandbox", id);
  const rotationAsleep = await act(run, "rotatePreviewToken", id);
  const third = tokenIn(rotationAsleep) ?? "";
  const afterRotation = await get(run, id);
  const oldAsleep = await visitor.visit(inOwnHeader(second));
  const freshAsleep = await visitor.visit(inOwnHeader(third));
  return { rotation, old, fresh, hibernated, rotationAsleep, afterRotation, oldAsleep, freshAsleep };
}

/** Two rotations at once, then a visit with either token. */
async function raceRotations(run: LawRun, id: string, visitor: Visitor) {
  const rotate = () => act(run, "rotatePreviewToken", id);
  const rotations = await run.together([rotate, rotate]);
  const tokens = rotations.map(tokenIn);
  const visitsWith: (Exchange | undefined)[] = [];
  for (const token of tokens) visitsWith.push(await visitor.visit(inOwnHeader(token ?? "no-token-was-told-at-all")));
  return { rotations, tokens, visits: visitsWith };
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
