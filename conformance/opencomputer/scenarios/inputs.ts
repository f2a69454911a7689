import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import type { Exchange } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { act, get, kill, list } from "../calls.ts";
import { createWith } from "../attempt.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";

type Tags = Readonly<Record<string, string>>;

const limits = document["x-tag-limits"];
const plain = { timeout: 300 };
const kept = { env: "kept" } as const;

/** Tags that reach a limit, or hold what a careless server trips over. */
const acceptable: readonly Tags[] = [
  Object.fromEntries(Array.from({ length: limits.tagsMax }, (_, index) => [`t${index}`, String(index)])),
  { ["k".repeat(limits.keyLengthMax)]: "v".repeat(limits.valueLengthMax) },
  { ["k".repeat(limits.keyLengthMin)]: "", "A-z_0.9:x": 'ü 世界 🌍 "quoted" <b> \\ \n', occ: "oc:", constructor: "x" },
];

/** Bodies that break one rule each. */
const refusable: readonly { readonly breaks: string; readonly json: unknown }[] = [
  {
    breaks: "the limit of tags",
    json: Object.fromEntries(Array.from({ length: limits.tagsMax + 1 }, (_, index) => [`t${index}`, ""])),
  },
  { breaks: "the limit of a key", json: { ["k".repeat(limits.keyLengthMax + 1)]: "" } },
  { breaks: "the least length of a key", json: { "": "" } },
  { breaks: "the characters of a key", json: { "a b": "" } },
  { breaks: "the characters of a key", json: { "a/b": "" } },
  { breaks: "the characters of a key", json: { ü: "" } },
  { breaks: "the reserved prefix", json: { [`${limits.reservedPrefixes[0]}x`]: "" } },
  { breaks: "the limit of a value", json: { env: "v".repeat(limits.valueLengthMax + 1) } },
  { breaks: "the type of a value", json: { env: 1 } },
  { breaks: "the type of a value", json: { env: { nested: "x" } } },
  { breaks: "the type of a value", json: { env: ["x"] } },
  { breaks: "the type of the body", json: ["env"] },
  { breaks: "the type of the body", json: "env" },
];

const timeouts: readonly unknown[] = [{ timeout: 0 }, { timeout: 1 }, { timeout: 86_400 }, { timeout: 60, unknown: 1 }];
const brokenTimeouts: readonly unknown[] = [
  ...[-1, -3600, 0.5, "60", null, true, [60], {}].map((timeout) => ({ timeout })),
  {},
  [],
  60,
];

const ports = [1, 80, 65_535] as const;
const brokenPorts: readonly unknown[] = [
  ...[0, -1, 65_536, 70_000, 1e9, 3000.5, "3000", null, [3000]].map((port) => ({ port })),
  {},
  [],
  3000,
];
/** Kept for the caller, whatever is in it. */
export const authConfig = { rule: "über", nested: { list: [1, "two", null, false], "": {} }, big: 2 ** 53 };
/** A domain that can never be cannot have been verified. */
const foreignDomain = "previews.sandglass.invalid";
const brokenPathPorts = ["0", "-1", "65536", "70000", "abc", "80abc", "8e1", "0x50", "1.5"] as const;

/** A sandbox whose every input is sent in every allowed way, and in many that are not. */
export const inputs = defineScenario({
  name: "inputs",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const { id, attempt } = await createWith(run, { ...plain, "x-not-in-contract": { deep: [1] } }, plain);
    const accepted = [];
    for (const tags of acceptable) accepted.push({ tags, ...(await putAndRead(run, id, tags)) });
    const cleared = [await putAndRead(run, id, {})];
    await act(run, "replaceSandboxTags", id, { json: kept });
    cleared.push(await putAndRead(run, id, undefined));
    await act(run, "replaceSandboxTags", id, { json: kept });
    const refused = [];
    for (const { breaks, json } of refusable) refused.push({ breaks, ...(await refuseAndRead(run, id, json)) });
    const listings = await sendPorts(run, id);
    const sent = await sendTimeouts(run, id);
    const ending = await endAsleep(run, id);
    return { id, attempt, accepted, cleared, kept, refused, ...sent, ...listings, ending };
  },
});

async function sendTimeouts(run: LawRun, id: string) {
  const send = (json: unknown) => act(run, "setSandboxTimeout", id, { json });
  const timeoutsBroken = await eachBeside(run, brokenTimeouts, send);
  const timeoutsTaken = await each(timeouts, send); // the last one sent is a minute
  return { timeoutsBroken, timeoutsTaken };
}

async function sendPorts(run: LawRun, id: string) {
  const send = (json: unknown) => act(run, "createPreview", id, { json });
  const portsBroken = await eachBeside(run, brokenPorts, send);
  const portsUnlisted = await act(run, "listPreviews", id);
  const portsTaken = await each(
    ports.map((port) => ({ port })),
    send,
  );
  const configured = {
    made: await send({ port: 8443, authConfig }),
    listed: await act(run, "listPreviews", id),
    foreign: await send({ port: 8444, domain: foreignDomain }),
  };
  const pathsBroken = await eachBeside(run, brokenPathPorts, (port) => act(run, "deletePreview", id, { port }));
  const portsLeft = await act(run, "listPreviews", id);
  return { portsBroken, portsUnlisted, portsTaken, configured, pathsBroken, portsLeft };
}

/** It is killed while it hibernates. On the way there, bodies that are none are sent to wake it. */
async function endAsleep(run: LawRun, id: string) {
  const hibernated = await act(run, "hibernateSandbox", id);
  const brokenWakes = await each(brokenTimeouts.slice(0, 3), (json) => act(run, "wakeSandbox", id, { json }));
  const asleep = await get(run, id);
  // A server that a broken body wakes is not to be let off by that.
  const hibernatedAgain = await act(run, "hibernateSandbox", id);
  const killed = await act(run, "killSandbox", id);
  const got = await get(run, id);
  const woken = await act(run, "wakeSandbox", id);
  const gotLater = await get(run, id);
  const listed = await list(run);
  await kill(run, id);
  return { hibernated, brokenWakes, asleep, hibernatedAgain, killed, got, woken, gotLater, listed };
}

async function each<Input>(sent: readonly Input[], send: (input: Input) => Promise<Exchange>) {
  const answers: { readonly input: Input; readonly exchange: Exchange }[] = [];
  for (const input of sent) answers.push({ input, exchange: await send(input) });
  return answers;
}

/** The same for what is to be refused, and so changes nothing for the others. */
function eachBeside<Input>(run: LawRun, sent: readonly Input[], send: (input: Input) => Promise<Exchange>) {
  return run.beside(
    sent.map((input) => async () => ({ input, exchange: await send(input) })),
    { isAtFirst: true },
  );
}

type PutAndRead = { readonly put: Exchange; readonly read: Exchange };

async function putAndRead(run: LawRun, id: string, json: unknown): Promise<PutAndRead> {
  const put = await act(run, "replaceSandboxTags", id, { json });
  return { put, read: await act(run, "getSandboxTags", id) };
}

/** What was taken though it is wrong is put right again, so that each broken body is judged by itself. */
async function refuseAndRead(run: LawRun, id: string, json: unknown): Promise<PutAndRead> {
  const done = await putAndRead(run, id, json);
  if (done.put.response.status < 300) await act(run, "replaceSandboxTags", id, { json: kept });
  return done;
}
