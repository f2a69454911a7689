import type { Exchange } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { createWith } from "../attempt.ts";
import { act, get, kill, list } from "../calls.ts";
import type { OperationId } from "../operations.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { createPreviewClient, inOwnHeader } from "../preview-client.ts";
import type { PreviewClient } from "../preview-client.ts";

const body = { timeout: 300 };

/** A token as long as a caller may like it, with all that a header can carry. */
const longToken = `${"0123456789abcdef".repeat(15)} !#$%&'*+-.^_|~`;

/** What a stranger asks for, by operation; what would end the sandbox comes last. */
const strangers: readonly { readonly operation: OperationId; readonly json?: unknown }[] = [
  { operation: "getSandbox" },
  { operation: "getSandboxTags" },
  { operation: "listPreviews" },
  { operation: "wakeSandbox" },
  { operation: "setSandboxTimeout", json: { timeout: 30 } },
  { operation: "replaceSandboxTags", json: { stranger: "was here" } },
  { operation: "createPreview", json: { port: 4000 } },
  { operation: "deletePreview" },
  { operation: "rotatePreviewToken" },
  { operation: "hibernateSandbox" },
  { operation: "killSandbox" },
];

/** Operations on one sandbox, as a stranger sends them. */
export const strangersOperations: readonly OperationId[] = strangers.map(({ operation }) => operation);

/** One request of another organisation for a sandbox, and the same for one that never was. */
export type Asked = { readonly operation: OperationId; readonly foreign: Exchange; readonly absent: Exchange };

/**
 * Two organisations. The second asks for everything of the first one's sandbox: before its owner has done anything
 * with it, then when it has tags and a listed port and hibernates, and when it was killed.
 */
export const tenants = defineScenario({
  name: "tenants",
  creates: 2,
  keeps: "play",
  play: async (run) => {
    const absent = run.absentId();
    const { id, attempt } = await createWith(run, { ...body, previewAuth: { token: longToken } }, body);
    const askedEarly = await askForAll(run, id, absent);
    const earlyLeft = await ownersView(run, id);
    const shown = await showTokens(createPreviewClient(run, id));
    const { before, asked: askedLate, after } = await liveLate(run, id, absent);
    await act(run, "wakeSandbox", id);
    const { id: theirs } = await run.create({ timeout: 60 }, "other");
    const lists = { own: await list(run), other: await list(run, "other") };
    await act(run, "killSandbox", theirs, { credentials: "other" });
    await kill(run, id);
    const askedDead = await askForAll(run, id, absent);
    return { id, absent, theirs, attempt, shown, askedEarly, askedLate, askedDead, earlyLeft, before, after, lists };
  },
});

/** Shows the long token at the gate, and tokens that differ from it in one character, wherever that is. */
async function showTokens({ send }: PreviewClient) {
  const show = async (what: string, token: string) => ({ what, exchange: await send(inOwnHeader(token)) });
  const changed = [0, 71, 72, 127, longToken.length - 1].map((at): [string, string] => [
    `the token with another character at ${at + 1} of ${longToken.length}`,
    `${longToken.slice(0, at)}${longToken[at] === "Z" ? "Y" : "Z"}${longToken.slice(at + 1)}`,
  ]);
  const cut = [16, 72, 128, longToken.length - 1].map((length): [string, string] => [
    `the first ${length} characters of the token`,
    longToken.slice(0, length),
  ]);
  const missing = await send({});
  const right = await send(inOwnHeader(longToken));
  const near = [];
  for (const [what, token] of [...changed, ...cut, ["the token with a character more", `${longToken}x`] as const]) {
    near.push(await show(what, token));
  }
  return { missing, right, near };
}

async function liveLate(run: LawRun, id: string, absent: string) {
  await act(run, "replaceSandboxTags", id, { json: { owner: "acme" } });
  await act(run, "createPreview", id, { json: { port: 3000 } });
  await act(run, "hibernateSandbox", id);
  const before = await ownersView(run, id);
  const asked = await askForAll(run, id, absent);
  return { before, asked, after: await ownersView(run, id) };
}

async function askForAll(run: LawRun, id: string, absentId: string): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const { operation, json } of strangers) {
    const options = { json, credentials: "other" } as const;
    const askFor = (of: string) => () => act(run, operation, of, options);
    const [absent, foreign] = await run.beside([askFor(absentId), askFor(id)], { isAtFirst: true });
    asked.push({ operation, foreign: foreign!, absent: absent! });
  }
  return asked;
}

/** What the owner sees of a sandbox. */
async function ownersView(run: LawRun, id: string) {
  const [got, tags, ports] = await run.beside([
    () => get(run, id),
    () => act(run, "getSandboxTags", id),
    () => act(run, "listPreviews", id),
  ]);
  return { got: got!, tags: tags!, ports: ports! };
}
