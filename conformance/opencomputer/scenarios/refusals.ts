import type { Exchange } from "../../kit/law/exchange.ts";
import type { Stray } from "../../kit/law/call.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { sendCreate } from "../attempt.ts";
import { kill } from "../calls.ts";
import { membersOf } from "../readings.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";

/** A create that is to be refused. */
type Refusable = {
  readonly what: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const timeout = 60;

/** Tokens of 15 characters, as few as is one too few, in as many bytes as they like; and others that are none. */
const brokenAuths: readonly Refusable[] = (
  [
    ["a token of 15 characters", { token: "fifteen-chars-1" }],
    ["a token of 15 characters in 30 bytes", { token: "ä".repeat(15) }],
    ["a token of 15 characters in 60 bytes", { token: "🔑".repeat(15) }],
    ["a token of one character", { token: "x" }],
    ["the token AUTO", { token: "AUTO" }],
    ["a token that is a number", { token: 1234567890123456 }],
    ["the scheme hmac", { scheme: "hmac", token: "correct-horse-battery" }],
    ["the scheme Bearer", { scheme: "Bearer" }],
    ["a previewAuth that is a text", "correct-horse-battery"],
    ["a previewAuth that is true", true],
  ] as const
).map(([what, previewAuth]) => ({ what, json: { timeout, previewAuth } }));

/** Bodies at the edge of what is allowed, on the wrong side of it. */
const brokenBodies: readonly Refusable[] = [
  { what: "a timeout of -1", json: { timeout: -1 } },
  { what: "a timeout of half a second", json: { timeout: 0.5 } },
  { what: "a timeout as a text", json: { timeout: "60" } },
  { what: "3 cores", json: { timeout, cpuCount: 3 } },
  { what: "-1 cores", json: { timeout, cpuCount: -1 } },
  { what: "8 cores", json: { timeout, cpuCount: 8 } },
  { what: "1023 MB", json: { timeout, memoryMB: 1023 } },
  { what: "2048 MB", json: { timeout, memoryMB: 2048 } },
  { what: "65536 MB", json: { timeout, memoryMB: 65_536 } },
  { what: "2 cores with 1024 MB", json: { timeout, cpuCount: 2, memoryMB: 1024 } },
  { what: "1 core with 8192 MB", json: { timeout, cpuCount: 1, memoryMB: 8192 } },
  { what: "4 cores with 8192 MB", json: { timeout, cpuCount: 4, memoryMB: 8192 } },
  { what: "envs that are a list", json: { timeout, envs: ["A=1"] } },
  { what: "metadata that is a text", json: { timeout, metadata: "owner=ci" } },
  { what: "a body that is a list", json: [{ timeout }] },
];

/** Many servers read 0 as left out. */
const zeroSizes: readonly Refusable[] = [
  { what: "0 cores", json: { timeout, cpuCount: 0 } },
  { what: "0 MB", json: { timeout, memoryMB: 0 } },
];

const notJson: readonly Refusable[] = [
  { what: "a body that is cut off", text: '{"timeout":60' },
  { what: "a body with a comma too many", text: '{"timeout":60,}' },
  { what: "a body that says more than one thing", text: '{"timeout":60}{"timeout":60}' },
  { what: "a body that is text", text: "timeout=60" },
];

const notDeclared: readonly Refusable[] = [
  { what: "JSON that is declared as plain text", text: '{"timeout":60}', headers: { "content-type": "text/plain" } },
];

const unknownNames: readonly Refusable[] = [
  { what: "a template that does not exist", json: { timeout, templateID: "sandglass-no-such-template" } },
  { what: "a snapshot that does not exist", json: { timeout, snapshot: "sandglass-no-such-snapshot" } },
];

/** Builds that end with an error, whether or not what they log is streamed. */
export const brokenBuilds: readonly Refusable[] = [
  { image: { steps: [{ type: "apt_install", args: {} }] } },
  { snapshot: "sandglass-no-such-snapshot" },
].flatMap((from) => [
  { what: "a build that fails", json: { timeout, ...from } },
  { what: "a build that fails and is streamed", json: { timeout, ...from }, headers: { accept: "text/event-stream" } },
]);

/** Creates that are all to be refused, and what they have made all the same. */
export const refusals = defineScenario({
  name: "refusals",
  creates: 0,
  refused: [brokenAuths, brokenBodies, zeroSizes, notJson, notDeclared, unknownNames, brokenBuilds].flat().length,
  keeps: "play",
  play: async (run) => {
    const auths = await tryAll(run, brokenAuths);
    const bodies = await tryAll(run, brokenBodies);
    const zeros = await tryAll(run, zeroSizes);
    const texts = await tryAll(run, notJson);
    const undeclared = await tryAll(run, notDeclared);
    const unknown = await tryAll(run, unknownNames);
    const builds = await tryAll(run, brokenBuilds);
    return { auths, bodies, zeros, texts, undeclared, unknown, builds };
  },
});

export type Tried = { readonly what: string; readonly input: unknown; readonly exchange: Exchange };
/** Some of them, and the sandboxes that they made; undefined where the account's list cannot be read. */
export type Group = { readonly tried: readonly Tried[]; readonly strays: readonly Stray[] | undefined };

/** Sends one kind of them, as long as it is not certain that they make sandboxes though they are refused. */
async function tryAll(run: LawRun, creates: readonly Refusable[]): Promise<Group> {
  const tried: Tried[] = [];
  const strays = async () =>
    (await run.strays())?.filter((stray) => tried.some(({ exchange }) => exchange === stray.exchange));
  for (const [index, { what, ...call }] of creates.entries()) {
    if (index % groupSize === 0 && (await strays())?.some(({ isProven }) => isProven) === true) break;
    const exchange = await sendCreate(run, { ...call, refusable: true });
    tried.push({ what, input: call.text ?? call.json, exchange });
    const { sandboxID } = membersOf(exchange);
    if (isSuccess(exchange) && typeof sandboxID === "string") await kill(run, sandboxID);
  }
  return { tried, strays: await strays() };
}

/** So many are sent between two looks at the list. */
const groupSize = 4;
