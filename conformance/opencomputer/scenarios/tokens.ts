import { isSuccess } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { createWith, sendCreate } from "../attempt.ts";
import { act, kill } from "../calls.ts";
import { membersOf, tokenIn } from "../readings.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { asBearer, createPreviewClient, inOwnHeader } from "../preview-client.ts";
import { otherToken, raceToTheEnd } from "./preview-gate.ts";

/** The shortest tokens that a caller may choose: 16 characters, which may take more bytes and more UTF-16 units. */
const ownTokens = { plain: "ab3-DE6_gh9.JK2~", wide: "ключ🔑-世界-été-ß16" } as const;

/** Tokens that no header can carry as they are. No source says whether they are taken. */
const unpresentable = [" begins-with-a-blank", "ends-with-a-blank ", "has-a-line\nbreak-in-it"] as const;

/** Sandboxes without a gate, and with tokens of the caller's own. Each is ended by a kill that races a hibernate. */
export const tokens = defineScenario({
  name: "tokens",
  creates: 3,
  atOnce: 1,
  keeps: "play",
  play: async (run) => {
    const open = await playOpen(run);
    const plain = await playWithToken(run, { token: ownTokens.plain });
    const wide = await playWithToken(run, { scheme: "bearer", token: ownTokens.wide });
    return { open, plain, wide, odd: await tryOddTokens(run) };
  },
});

/** Created without a body at all. The first rotation sets up a gate. */
async function playOpen(run: LawRun) {
  const { id, attempt, exchange: created } = await createWith(run, undefined, { timeout: 300 });
  const { send } = createPreviewClient(run, id);
  const before = await run.beside([
    () => send({}),
    () => send(inOwnHeader("no-such-token-anywhere")),
    () => send({}, { port: 8080 }),
  ]);
  const rotation = await act(run, "rotatePreviewToken", id);
  const after = { missing: await send({}), right: await send(inOwnHeader(tokenIn(rotation) ?? "")) };
  return { attempt, created, before, rotation, after, race: await raceToTheEnd(run, id) };
}

async function playWithToken(run: LawRun, previewAuth: { readonly token: string; readonly scheme?: string }) {
  const body = { timeout: 300, previewAuth };
  const { id, attempt } = await createWith(run, body, { timeout: 300 });
  const { send } = createPreviewClient(run, id);
  const { token } = previewAuth;
  const [missing, right, rightBearer, short, other, ofAnother] = await run.beside([
    () => send({}),
    () => send(inOwnHeader(token)),
    () => send(asBearer(token)),
    () => send(inOwnHeader([...token].slice(0, -1).join(""))),
    () => send(inOwnHeader(otherToken(token))),
    () => send(inOwnHeader(token === ownTokens.plain ? ownTokens.wide : ownTokens.plain)),
  ]);
  const answers = { missing, right, rightBearer, short, other, ofAnother };
  return { attempt, token, answers, race: await raceToTheEnd(run, id) };
}

async function tryOddTokens(run: LawRun) {
  const tried = [];
  for (const token of unpresentable) {
    const json: JsonObject = { timeout: 60, previewAuth: { token } };
    const exchange = await sendCreate(run, { json });
    const { sandboxID } = membersOf(exchange);
    if (!isSuccess(exchange) || typeof sandboxID !== "string") continue;
    const { send } = createPreviewClient(run, sandboxID);
    tried.push({ token, exchange, missing: await send({}) });
    await kill(run, sandboxID);
  }
  return tried;
}
