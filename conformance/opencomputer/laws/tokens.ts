import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, answerTo, membersOf, stateIn, statusOf, tokenIn } from "../readings.ts";
import { tokens as tokenScenario } from "../scenarios/tokens.ts";
import { gate } from "../scenarios/preview-gate.ts";
import { life } from "../scenarios/life.ts";
import { tenants } from "../scenarios/tenants.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { isAdmitted, seen } from "../preview-client.ts";
import { judgeAdmission, judgeRefusal, shutBy } from "./gate.ts";
import { pointer } from "../operations.ts";

const data = "#/x-preview-gate";
const routed = ["memory", "preview-route"] as const;
const tokenMember = "#/components/schemas/CreateSandboxResponse/properties/previewAuthToken";

/** Where preview tokens come from, how long they hold, and who learns of them. */
export const tokens: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/create/token-told",
    requirement: "MUST",
    statement: "tell the preview token of a sandbox that was created with previewAuth",
    source: tokenMember,
    operations: ["createSandbox"],
    scenario: gate,
    judge: ({ created }) => {
      if (tokenIn(created) !== undefined) return undefined;
      return { reason: "previewAuth was sent, yet the answer has no previewAuthToken", exchange: created };
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/token-generated",
    requirement: "MUST",
    statement: "draw a token of 256 bits where the caller names none",
    source: `${data}/token/generated`,
    operations: ["createSandbox"],
    scenario: gate,
    judge: ({ created }) => {
      const token = tokenIn(created);
      needs(token !== undefined, "a token");
      // 256 bits take at least 43 characters of base64url, and more in any plainer writing.
      if (token.length >= 43 && new Set(token).size > 8) return undefined;
      return { reason: `the token has ${token.length} characters, too few for 256 random bits`, exchange: created };
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/no-token-unasked",
    requirement: "SHOULD",
    statement: "tell no preview token where previewAuth was not sent",
    source: tokenMember,
    operations: ["createSandbox"],
    scenario: tokenScenario,
    judge: ({ open: { created: exchange } }) => {
      if (membersOf(exchange)["previewAuthToken"] === undefined) return undefined;
      return { reason: "no previewAuth was sent, yet the answer has a previewAuthToken", exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-told",
    requirement: "MUST",
    statement: "answer a token of the caller's own as it was sent",
    source: tokenMember,
    operations: ["createSandbox"],
    scenario: tokenScenario,
    judge: ({ plain, wide }) =>
      [plain, wide].map(({ attempt: { exchange }, token }) => judgeEcho(exchange, token)).find(Boolean),
  }),
  scenarioLaw({
    id: "opencomputer/create/token-hidden",
    requirement: "MUST",
    statement: "never show a preview token again: not when the sandbox is read, listed, tagged or its ports are listed",
    source: `${data}/token/shownTimes`,
    operations: ["getSandbox", "listSandboxes", "getSandboxTags", "listPreviews", "createPreview"],
    scenario: gate,
    judge: ({ created, raced, rotated, readings }) => {
      const secrets = [created, rotated.rotation, rotated.rotationAsleep, ...raced.rotations].map(tokenIn);
      const known = secrets.filter((secret) => secret !== undefined);
      const telling = readings.find(({ response }) => known.some((secret) => response.body.includes(secret)));
      if (telling === undefined) return undefined;
      return { reason: `${telling.operation} shows the preview token again`, exchange: telling };
    },
  }),
  scenarioLaw({
    id: "opencomputer/preview/open",
    requirement: "MUST",
    statement: "let every request through to a sandbox that was created without previewAuth",
    source: "#/components/schemas/CreateSandboxRequest/properties/previewAuth",
    operations: ["createSandbox"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ open }) =>
      open.before.map((answer) => judgeAdmission("a request to an open preview", answer)).find(Boolean),
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/turns-gate-on",
    requirement: "MUST",
    statement: "shut the previews of a sandbox that had no gate once its token is rotated",
    source: `${data}/rotation/turnsGateOn`,
    operations: ["rotatePreviewToken"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ open: { rotation, after } }) => {
      needsSuccess(rotation);
      return (
        judgeRefusal("no token, after a rotation", after.missing) ??
        judgeAdmission("the rotated token of a sandbox that had no gate", after.right)
      );
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/old-token-dies",
    requirement: "MUST",
    statement: "refuse the old token from the rotation on",
    source: `${data}/rotation`,
    operations: ["rotatePreviewToken"],
    needs: routed,
    scenario: gate,
    judge: ({ awake, rotated }) => {
      needsSuccess(rotated.rotation);
      needs(isAdmitted(seen(awake.right)), "a token that opens the gate");
      return shutBy(awake.wrong) ?? judgeRefusal("the token of before the rotation", rotated.old);
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/new-token-works",
    requirement: "MUST",
    statement: "let the new token through from the rotation on",
    source: `${data}/rotation`,
    operations: ["rotatePreviewToken"],
    needs: routed,
    scenario: gate,
    judge: ({ rotated }) => {
      needsSuccess(rotated.rotation);
      return judgeAdmission("the token of the rotation", rotated.fresh);
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/asleep",
    requirement: "MUST",
    statement: "rotate the token of a hibernated sandbox without waking it: the old token dies, the new one works",
    source: pointer("rotatePreviewToken"),
    operations: ["rotatePreviewToken", "hibernateSandbox", "getSandbox"],
    needs: routed,
    scenario: gate,
    judge: ({ awake, rotated }) => {
      needsSuccess(rotated.hibernated);
      needsSuccess(rotated.rotationAsleep);
      needs(isAdmitted(seen(rotated.fresh)), "a rotated token that opens the gate");
      if (stateIn(rotated.afterRotation) === "running") {
        return { reason: "the rotation woke the sandbox", exchange: rotated.afterRotation };
      }
      const fresh = judgeAdmission("the token of the rotation while it slept", rotated.freshAsleep);
      if (fresh !== undefined || isAdmitted(seen(rotated.old))) return fresh;
      return shutBy(awake.wrong) ?? judgeRefusal("the token of before that rotation", rotated.oldAsleep);
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/one-survives",
    requirement: "MUST",
    statement: "leave exactly one token of two rotations at once",
    source: pointer("rotatePreviewToken"),
    operations: ["rotatePreviewToken"],
    needs: routed,
    scenario: gate,
    judge: ({ awake, rotated, raced: { rotations, answers } }) => {
      rotations.forEach(needsSuccess);
      needs(isAdmitted(seen(rotated.fresh)), "a rotated token that opens the gate");
      needs(!isAdmitted(seen(rotated.old)), "an old token that dies");
      shutBy(awake.wrong);
      const admitted = answers.filter((answer) => isAdmitted(seen(answer))).length;
      if (admitted === 1) return undefined;
      return { reason: `of two tokens rotated at once, ${admitted} open the gate`, exchange: seen(answers[0]) };
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-works",
    requirement: "MUST",
    statement: "let a token of the caller's own through, one of 16 characters included",
    source: `${data}/token/own`,
    operations: ["createSandbox"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ plain }) => judgeOwn(plain),
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-beyond-ascii",
    requirement: "SHOULD",
    statement: "let a token of the caller's own through that is sent as UTF-8 beyond ASCII",
    source: `${data}/token/own`,
    operations: ["createSandbox"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ wide }) => judgeOwn(wide),
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-guards",
    requirement: "MUST",
    statement: "refuse any token but the caller's own, one a character shorter and one of another sandbox included",
    source: `${data}/token/own`,
    operations: ["createSandbox"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ plain, wide }) => {
      for (const { attempt, answers } of [plain, wide]) {
        if (!isSuccess(attempt.exchange)) continue;
        if (statusOf(seen(answers.missing)) !== 401 || statusOf(seen(answers.other)) !== 401) continue; // an open gate
        const breach =
          judgeRefusal("the token without its last character", answers.short) ??
          judgeRefusal("the token of another sandbox", answers.ofAnother);
        if (breach !== undefined) return breach;
      }
      return undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-whole",
    requirement: "MUST",
    statement: "judge a token of the caller's own to its last character, however long it is",
    source: `${data}/token`,
    operations: ["createSandbox"],
    needs: [...routed, "second-key"],
    scenario: tenants,
    judge: ({ attempt, shown }) => {
      needsSuccess(attempt.exchange);
      shutBy(shown.missing);
      const right = judgeAdmission("a long token of the caller's own", shown.right);
      return right ?? shown.near.map(({ what, exchange }) => judgeRefusal(what, exchange)).find(Boolean);
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/own-token-presentable",
    // Whether such a token is taken no source says; where it is, previewAuth was sent, and so there is a gate.
    requirement: "MUST",
    statement: "guard a sandbox by a token of the caller's own that cannot be shown at the gate, or refuse the create",
    source: "#/components/schemas/CreateSandboxRequest/properties/previewAuth",
    operations: ["createSandbox"],
    needs: routed,
    scenario: tokenScenario,
    judge: ({ odd }) => {
      const open = odd.find(({ missing }) => isAdmitted(seen(missing)));
      if (open === undefined) return undefined;
      const reason = `the token ${JSON.stringify(open.token)} was accepted, yet a request without one is let in`;
      return { reason, exchange: seen(open.missing) };
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/answers-token",
    requirement: "SHOULD",
    statement: "answer a rotation with a token of 43 characters of base64url and the scheme",
    source: "#/components/schemas/RotatePreviewTokenResponse/properties/previewAuthToken",
    operations: ["rotatePreviewToken"],
    scenario: life,
    judge: ({ running }) => {
      const exchange = answerTo(running, "rotatePreviewToken");
      needsSuccess(exchange);
      const { previewAuthToken, scheme } = membersOf(exchange);
      if (typeof previewAuthToken === "string" && /^[\w-]{43}$/.test(previewAuthToken) && scheme === "bearer")
        return undefined;
      return { reason: `${answered(exchange)} without such a token or scheme`, exchange };
    },
  }),
];

type OwnToken = Awaited<ReturnType<typeof tokenScenario.play>>["plain" | "wide"];

function judgeOwn({ attempt, answers }: OwnToken): Breach | undefined {
  needsSuccess(attempt.exchange);
  return (
    judgeAdmission("the caller's own token", answers.right) ??
    judgeAdmission("the same as a bearer", answers.rightBearer)
  );
}

function judgeEcho(exchange: Exchange, token: string): Breach | undefined {
  if (!isSuccess(exchange)) return undefined; // whether it is accepted is another law
  if (tokenIn(exchange) === token) return undefined;
  return { reason: "the previewAuthToken is not the token that was sent", exchange };
}
