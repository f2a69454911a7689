import { createHash } from "node:crypto";
import { plainCall } from "../../kit/explore/explored-call.ts";
import { defineExploration } from "../../kit/explore/exploration.ts";
import type { VisitClass } from "../../kit/explore/exploration.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { lateMsMax } from "./sandbox-state.ts";
import { operations } from "../../../generated/opencomputer/operations.ts";
import { slugs } from "../operations.ts";
import { plainCall as plainRequest, undefinedIfNotSent } from "../plain-call.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { createOpenComputerModel } from "./index.ts";

const ownToken = "correct-horse-battery-🔑";

/** A listed port has no say in the gate, whatever stands in its record. */
const withRule = plainCall("createPreview", { json: { port: 8_080, authConfig: { scheme: "none", token: ownToken } } });
const tagged = plainCall("replaceSandboxTags", { json: { of: "another" } });

/** The table of the contract: states as its answers by state tell them apart, with and without a gate. */
export const exploration = defineExploration(createOpenComputerModel, {
  operations: Object.keys(slugs),
  isOfSubject: ({ path }) => path.includes("{id}"),
  address: ({ id }, operation, call) =>
    operation === "listSandboxes" ? call : { ...call, path: { ...call.path, id } },
  views: (operations) => operations.filter(isReader).map((operation) => ({ operation: operation.id })),
  rows: ["running", "hibernated", "stopped"].flatMap((status) => [`${status}, open`, `${status}, gated`]),
  nameOf: ({ status, gate }) => (gate === undefined ? status : `${status}, ${gate === null ? "open" : "gated"}`),
  dueIn: ({ status, idle, active }) => {
    if (status !== "running" || idle.seconds === undefined || active === undefined) return undefined;
    if (idle.seconds === 0) return { fromMs: Infinity, toMs: Infinity };
    const dueMs = idle.seconds * 1_000;
    return { fromMs: active.fromMs + dueMs, toMs: active.toMs + dueMs + lateMsMax };
  },
  arm: ({ status }, timeout) => {
    if (status === "running") return plainCall("setSandboxTimeout", { json: { timeout } });
    return status === "hibernated" ? plainCall("wakeSandbox", { json: { timeout } }) : undefined;
  },
  oneWay: ["rotatePreviewToken", "killSandbox"],
  creates: 3,
  begin: async (explorer, run) => {
    const begin = async (body: JsonObject, by: "own" | "other") => explorer.join(await explorer.create(body, by));
    const metadata = { note: "of-the-caller-and-of-no-answer" };
    const gated = {
      timeout: 2 ** 32 + 5,
      templateID: "python",
      previewAuth: { scheme: "bearer", token: ownToken },
      metadata,
    };
    const first = await begin({}, "own");
    await explorer.pass(apartMs);
    const second = await begin(gated, "own");
    const rest = run.has("second-key") ? [await begin({}, "other")] : [];
    for (const each of [first, second, ...rest]) await explorer.take(each, withRule);
    for (const each of rest)
      for (const call of [plainCall("createPreview", { json: { port: 3_000 } }), tagged])
        await explorer.take(each, call);
    return [first, second, ...rest];
  },
  end: async (explorer, run) => {
    const [stopped] = explorer.joined();
    for (const operation of refusedOnceStopped) {
      await explorer
        .send({ ...plainRequest(operation, { id: stopped!.id }, run), operation: operation.id })
        .catch(undefinedIfNotSent);
    }
  },
  visits: visitClasses(),
});

/** So long after the first the second one is made: which of them a list shows first is told by when they started, in seconds maybe. */
const apartMs = 2_000;

/** What is done inside a sandbox that runs. */
const refusedOnceStopped = Object.values<Operation>(operations).filter(
  ({ id, statuses, security }) => !(id in slugs) && statuses.includes("410") && security.length > 0,
);

/** What only reads, of one sandbox or of all. */
function isReader({ id, method, path }: Operation): boolean {
  const places = path.replace("{id}", "").match(/\{/g) ?? [];
  return method === "get" && id in slugs && places.length === 0;
}

function visitClasses(): readonly VisitClass<SandboxState>[] {
  const withToken = (
    name: string,
    headers: (token: string) => Readonly<Record<string, string>>,
    more: Omit<VisitClass<SandboxState>, "name" | "make"> & {
      readonly path?: (token: string) => string;
      readonly port?: number;
      readonly method?: string;
      readonly isUpgrade?: boolean;
    } = {},
  ): VisitClass<SandboxState> => {
    const { path, port, method, isUpgrade, ...rest } = more;
    const make = ({ gate }: SandboxState) => {
      const token = typeof gate === "string" ? gate : "a-token-of-no-sandbox";
      return {
        headers: headers(token),
        ...(path && { path: path(token) }),
        ...(port && { port }),
        ...(method && { method }),
        ...(isUpgrade && { isUpgrade }),
      };
    };
    return { name: `preview, ${name}`, make, ...rest };
  };
  const bearer = (token: string, scheme = "Bearer") => ({ authorization: `${scheme} ${octets(token)}` });
  const ownHeader = (token: string) => ({ "x-oc-preview-token": octets(token) });
  const wrong = "not-the-token-of-anything";
  const digest = (token: string, encoding: "hex" | "base64" | "base64url") =>
    createHash("sha256").update(token).digest(encoding);
  return [
    withToken("no token", () => ({}), { isPlain: true }),
    withToken("the token in its own header", ownHeader, { isPlain: true }),
    withToken("the token as a bearer", (token) => bearer(token)),
    withToken("a wrong token", () => ownHeader(wrong), { isPlain: true }),
    withToken("a wrong bearer", () => bearer(wrong)),
    withToken("a bearer in lower case", (token) => bearer(token, "bearer")),
    withToken("a bearer after two blanks", (token) => bearer(token, "Bearer ")),
    withToken("the token as basic", (token) => bearer(token, "Basic")),
    withToken("the token without a scheme", (token) => ({ authorization: octets(token) })),
    withToken("the token in the query", () => ({}), {
      path: (token) => `/?token=${encodeURIComponent(token)}&x-oc-preview-token=${encodeURIComponent(token)}`,
    }),
    withToken("the token in a cookie", (token) => ({
      cookie: `token=${encodeURIComponent(token)}; x-oc-preview-token=${encodeURIComponent(token)}`,
    })),
    withToken("the token and a wrong bearer", (token) => ({ ...ownHeader(token), ...bearer(wrong) })),
    withToken("a blank header and the token as a bearer", (token) => ({ "x-oc-preview-token": " ", ...bearer(token) })),
    withToken("a token with one character more", (token) => ownHeader(`${token}x`)),
    withToken("a token with one character less", (token) => ownHeader([...token].slice(0, -1).join(""))),
    withToken("a token in upper case", (token) =>
      ownHeader(token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase()),
    ),
    withToken("the first 16 characters of the token", (token) => ownHeader([...token].slice(0, 16).join(""))),
    withToken("the token's SHA-256", (token) => ownHeader(digest(token, "hex"))),
    withToken("the token's SHA-256 in base64", (token) => bearer(digest(token, "base64"))),
    withToken("auto for a token", () => ownHeader("auto")),
    ...[1, 80, 8080, 65_535].flatMap((port) => [
      withToken(`no token, to port ${port}`, () => ({}), { port }),
      withToken(`the token, to port ${port}`, ownHeader, { port }),
    ]),
    ...["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"].map((method) =>
      withToken(`no token, by ${method}`, () => ({}), { method }),
    ),
    ...["POST", "OPTIONS", "HEAD"].map((method) => withToken(`the token, by ${method}`, ownHeader, { method })),
    withToken(
      "no token, by another page's leave",
      () => ({ origin: "https://page.example", "access-control-request-method": "POST" }),
      { method: "OPTIONS" },
    ),
    withToken("no token, for a browser", () => ({ accept: "text/html" })),
    withToken("no token, by upgrade", () => ({}), { isUpgrade: true }),
    withToken("the token, by upgrade", ownHeader, { isUpgrade: true }),
    withToken("the token as a bearer, by upgrade", (token) => bearer(token), { isUpgrade: true }),
    withToken("a wrong token, by upgrade", () => ownHeader(wrong), { isUpgrade: true }),
    ...["/health", "/favicon.ico", "/.well-known/x", "/a/b?c=d"].map((at) =>
      withToken(`no token, to ${at}`, () => ({}), { path: () => at }),
    ),
    {
      name: "preview, the token before the last rotation",
      make: ({ oldTokens }) => (oldTokens.length === 0 ? undefined : { headers: ownHeader(oldTokens.at(-1)!) }),
    },
    {
      name: "preview, the token before the last rotation, by upgrade",
      make: ({ oldTokens }) =>
        oldTokens.length === 0 ? undefined : { headers: ownHeader(oldTokens.at(-1)!), isUpgrade: true },
    },
    {
      name: "preview, the first token of all",
      make: ({ oldTokens }) => (oldTokens.length === 0 ? undefined : { headers: bearer(oldTokens[0]!) }),
    },
    {
      name: "preview, another sandbox's token",
      make: (_, others) => {
        const token = others.map(({ gate }) => gate).find((gate) => typeof gate === "string");
        return token === undefined ? undefined : { headers: ownHeader(token) };
      },
    },
  ];
}

/** Beyond ASCII a header carries UTF-8, each byte as a character of its own. */
function octets(token: string): string {
  return Buffer.from(token, "utf8").toString("latin1");
}
