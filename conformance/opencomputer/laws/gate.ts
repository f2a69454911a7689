import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import type { PreviewSocketAnswer } from "../../kit/law/call.ts";
import { isObject } from "../../kit/law/schema.ts";
import { needs, needsSuccess } from "../precondition.ts";
import { stateIn, statusOf } from "../readings.ts";
import { gate } from "../scenarios/preview-gate.ts";
import type { ScenarioLawHead } from "../../kit/law/families/scenario.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { isAdmitted, seen } from "../preview-client.ts";

type GateRecord = Awaited<ReturnType<typeof gate.play>>;

const auth = "#/components/schemas/CreateSandboxRequest/properties/previewAuth";
const data = "#/x-preview-gate";

/** A law about who may come through the gate. */
function gateLaw({
  judge,
  operations = ["createSandbox"],
  requirement = "MUST",
  ...head
}: Omit<ScenarioLawHead, "needs" | "operations" | "requirement"> &
  Partial<Pick<ScenarioLawHead, "operations" | "requirement">> & {
    readonly judge: (record: GateRecord) => Breach | undefined;
  }): Law {
  return scenarioLaw({ ...head, operations, requirement, needs: ["memory", "preview-route"], scenario: gate, judge });
}

/** Which requests come through the gate of a sandbox that was created with `previewAuth`. */
export const gateLaws: readonly Law[] = [
  gateLaw({
    id: "opencomputer/preview/token-missing",
    statement: "answer a request to a gated preview without a token with 401",
    source: `${data}/checks/1`,
    judge: ({ awake }) => judgeRefusal("no token", awake.missing),
  }),
  gateLaw({
    id: "opencomputer/preview/challenge",
    requirement: "MAY",
    statement: "challenge a request without a token with WWW-Authenticate: Bearer",
    source: `${data}/checks/1/headers`,
    judge: ({ awake }) => {
      const exchange = seen(awake.missing);
      needs(statusOf(exchange) === 401, "a 401 without a token");
      const challenge = exchange.response.headers["www-authenticate"];
      if (challenge !== undefined && /^bearer\b/i.test(challenge)) return undefined;
      return { reason: `the challenge is ${challenge ?? "not there"}, not Bearer`, exchange };
    },
  }),
  gateLaw({
    id: "opencomputer/preview/token-wrong",
    statement: "answer a request to a gated preview with a wrong token with 401, in either header",
    source: `${data}/checks/2`,
    judge: ({ awake }) =>
      shutBy(awake.missing) ??
      judgeRefusal("a wrong token", awake.wrong) ??
      judgeRefusal("a wrong bearer token", awake.wrongBearer),
  }),
  gateLaw({
    id: "opencomputer/preview/refusal-shape",
    requirement: "SHOULD",
    statement: "refuse a request at the gate with a JSON object that has a text in error",
    source: "#/components/schemas/Error",
    judge: ({ awake }) =>
      [awake.missing, awake.wrong]
        .map(seen)
        .filter((it) => statusOf(it) === 401)
        .map(judgeErrorBody)
        .find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/token-own-header",
    statement: "let a request with the right token in X-OC-Preview-Token through the gate",
    source: `${data}/headers/0`,
    judge: ({ awake }) => judgeAdmission("the right token", awake.right),
  }),
  gateLaw({
    id: "opencomputer/preview/token-bearer",
    statement: "let a request with the right token in Authorization: Bearer through the gate",
    source: `${data}/headers/1`,
    judge: ({ awake }) => judgeAdmission("the right bearer token", awake.rightBearer),
  }),
  gateLaw({
    id: "opencomputer/preview/scheme-case",
    requirement: "SHOULD",
    statement: "take the scheme Bearer in any letter case",
    source: `${data}/headers/1/schemeAnyCase`,
    judge: ({ awake }) => {
      needs(isAdmitted(seen(awake.rightBearer)), "a bearer token that opens the gate");
      return awake.schemes.map(({ what, exchange }) => judgeAdmission(what, exchange)).find(Boolean);
    },
  }),
  gateLaw({
    id: "opencomputer/preview/token-near-miss",
    statement: "refuse a token that is almost right: cut short, longer, in another letter case, hashed",
    source: `${data}/token`,
    judge: ({ awake }) =>
      shutBy(awake.wrong) ?? awake.nearMisses.map(({ what, exchange }) => judgeRefusal(what, exchange)).find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/token-elsewhere",
    statement: "take a token from the two headers only: not from the query, a cookie or another scheme",
    source: `${data}/elsewhere`,
    judge: ({ awake }) =>
      shutBy(awake.missing) ?? awake.elsewhere.map(({ what, exchange }) => judgeRefusal(what, exchange)).find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/header-precedence",
    requirement: "MAY",
    statement: "judge X-OC-Preview-Token alone where both headers are sent",
    source: `${data}/precedence`,
    judge: ({ awake: { wrong, right, precedence } }) => {
      needs(isAdmitted(seen(right)), "a token that opens the gate");
      return (
        shutBy(wrong) ??
        judgeRefusal("a wrong token before a right bearer token", precedence.wrongFirst) ??
        judgeAdmission("a right token before a wrong bearer token", precedence.rightFirst)
      );
    },
  }),
  gateLaw({
    id: "opencomputer/preview/header-blank",
    requirement: "MAY",
    statement: "take a blank X-OC-Preview-Token for none, and read Authorization",
    source: `${data}/precedence`,
    judge: ({ awake: { rightBearer, precedence } }) => {
      needs(isAdmitted(seen(rightBearer)), "a bearer token that opens the gate");
      return judgeAdmission("a right bearer token behind a blank token", precedence.blankFirst);
    },
  }),
  gateLaw({
    id: "opencomputer/preview/both-wrong",
    statement: "refuse a request whose two tokens are both wrong",
    source: auth,
    judge: ({ awake: { wrong, precedence } }) =>
      shutBy(wrong) ?? judgeRefusal("two wrong tokens", precedence.bothWrong),
  }),
  gateLaw({
    id: "opencomputer/preview/every-method",
    statement: "ask for the token whatever the method of the request",
    source: `${data}/methods`,
    judge: ({ awake }) =>
      shutBy(awake.missing) ??
      awake.methods
        .map(({ what, withoutToken }) => judgeRefusal(`${what} without a token`, withoutToken))
        .find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/every-method-opens",
    statement: "let a request with the right token through whatever its method",
    source: `${data}/methods`,
    judge: ({ awake }) => {
      needs(isAdmitted(seen(awake.right)), "a token that opens the gate");
      return awake.methods
        .map(({ what, withToken }) => judgeAdmission(`${what} with the token`, withToken))
        .find(Boolean);
    },
  }),
  gateLaw({
    id: "opencomputer/preview/every-port",
    statement: "ask for the token at every port",
    source: `${data}/port`,
    judge: ({ awake }) =>
      shutBy(awake.missing) ??
      awake.ports.map(({ what, withoutToken }) => judgeRefusal(`${what} without a token`, withoutToken)).find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/one-token-for-all-ports",
    statement: "let the token through at every port",
    source: `${data}/token/scope`,
    judge: ({ awake }) => {
      needs(isAdmitted(seen(awake.right)), "a token that opens the gate");
      return awake.ports
        .map(({ what, withToken }) => judgeAdmission(`${what} with the token`, withToken))
        .find(Boolean);
    },
  }),
  gateLaw({
    id: "opencomputer/preview/every-path",
    statement: "ask for the token at every path",
    source: auth,
    judge: ({ awake }) =>
      shutBy(awake.missing) ??
      awake.paths.map(({ what, exchange }) => judgeRefusal(`${what} without a token`, exchange)).find(Boolean),
  }),
  gateLaw({
    id: "opencomputer/preview/socket-gated",
    statement: "ask for the token before it opens a WebSocket",
    source: auth,
    judge: ({ awake: { missing, wrong, sockets } }) =>
      shutBy(missing) ??
      shutBy(wrong) ??
      judgeSocket("without a token", sockets.missing) ??
      judgeSocket("with a wrong token", sockets.wrong),
  }),
  gateLaw({
    id: "opencomputer/preview/socket-opens",
    statement: "let a WebSocket with the right token through the gate",
    source: auth,
    judge: ({ awake: { right, rightBearer, sockets } }) => {
      needs(isAdmitted(seen(right)) && isAdmitted(seen(rightBearer)), "a token that opens the gate");
      const shut = [sockets.right, sockets.rightBearer]
        .map(seen)
        .find(({ status }) => status === 401 || status === 403);
      return shut === undefined
        ? undefined
        : { reason: `a WebSocket with the right token was answered ${shut.status}` };
    },
  }),
  gateLaw({
    id: "opencomputer/preview/strangers-wake-nothing",
    statement: "leave a hibernated sandbox asleep when a request has no token or a wrong one",
    source: `${data}/checks/3`,
    operations: ["createSandbox", "hibernateSandbox", "getSandbox"],
    judge: ({ asleep }) => {
      needsSuccess(asleep.hibernated);
      const refused = [asleep.missing, asleep.wrong].every((answer) => statusOf(seen(answer)) === 401);
      needs(refused, "a 401 for a request without a token");
      return (
        judgeAsleep("a request without a token", asleep.afterMissing) ??
        judgeAsleep("a request with a wrong token", asleep.afterWrong)
      );
    },
  }),
  gateLaw({
    id: "opencomputer/preview/asleep-gated",
    statement: "ask for the token while the sandbox hibernates",
    source: auth,
    operations: ["createSandbox", "hibernateSandbox"],
    judge: ({ awake, asleep }) => {
      needsSuccess(asleep.hibernated);
      return (
        shutBy(awake.missing) ??
        shutBy(awake.wrong) ??
        judgeRefusal("no token, asleep", asleep.missing) ??
        judgeRefusal("a wrong token, asleep", asleep.wrong)
      );
    },
  }),
  gateLaw({
    id: "opencomputer/preview/token-wakes",
    requirement: "SHOULD",
    statement: "wake a hibernated sandbox for a request with the right token",
    source: `${data}/checks/3`,
    operations: ["createSandbox", "hibernateSandbox", "getSandbox"],
    judge: ({ awake, asleep }) => {
      needsSuccess(asleep.hibernated);
      needs(isAdmitted(seen(awake.right)), "a token that opens the gate");
      const exchange = asleep.afterRight;
      if (stateIn(exchange) === "running") return judgeAdmission("the right token, asleep", asleep.right);
      return {
        reason: `a request with the right token came, yet the sandbox is ${stateIn(exchange) ?? "gone"}`,
        exchange,
      };
    },
  }),
  gateLaw({
    id: "opencomputer/preview/token-survives-wake",
    requirement: "MUST",
    statement: "keep gate and token over hibernation and wake",
    source: `${data}/token/keptOver`,
    operations: ["createSandbox", "hibernateSandbox", "wakeSandbox"],
    judge: ({ awake, asleep }) => {
      needsSuccess(asleep.hibernatedAgain);
      needsSuccess(asleep.woken);
      needs(isAdmitted(seen(awake.right)), "a token that opens the gate");
      return (
        judgeAdmission("the same token after the wake", asleep.rightAwake) ??
        shutBy(awake.missing) ??
        judgeRefusal("no token after the wake", asleep.missingAwake)
      );
    },
  }),
  gateLaw({
    id: "opencomputer/preview/killed-serves-nothing",
    statement: "let no request through to a killed sandbox, not even with the token",
    source: `${data}/checks/4`,
    operations: ["killSandbox"],
    judge: ({ awake, killed, raced, afterKill }) => {
      needsSuccess(killed);
      needs(
        isAdmitted(seen(awake.right)) && raced.answers.some((answer) => isAdmitted(seen(answer))),
        "a token that opens",
      );
      const served = [afterKill.right, afterKill.left].map(seen).find((answer) => statusOf(answer) < 400);
      if (served === undefined) return undefined;
      return { reason: `a killed sandbox's preview answered ${statusOf(served)}`, exchange: served };
    },
  }),
  gateLaw({
    id: "opencomputer/preview/killed-is-gone",
    requirement: "MAY",
    statement: "answer the right token of a killed sandbox with 410, and a missing one with 401",
    source: `${data}/checks/4`,
    operations: ["killSandbox"],
    judge: ({ awake, killed, afterKill }) => {
      needsSuccess(killed);
      const withoutToken = shutBy(awake.missing) ?? judgeRefusal("no token, after the kill", afterKill.withoutToken);
      const answers = [afterKill.right, afterKill.left].map(seen);
      if (withoutToken !== undefined || answers.some((answer) => statusOf(answer) < 400)) return withoutToken; // another law
      if (answers.some((answer) => statusOf(answer) === 410)) return undefined;
      return { reason: `the right token was answered ${answers.map(statusOf).join(" and ")}`, exchange: answers[0]! };
    },
  }),
];

/** Refused at the gate, whatever it is that came. */
export function judgeRefusal(what: string, answer: Exchange | undefined): Breach | undefined {
  const exchange = seen(answer);
  const status = statusOf(exchange);
  return status === 401 ? undefined : { reason: `${what} was answered ${status} at the gate, not 401`, exchange };
}

/** Let through, whatever stands behind the gate. */
export function judgeAdmission(what: string, answer: Exchange | undefined): Breach | undefined {
  const exchange = seen(answer);
  return isAdmitted(exchange)
    ? undefined
    : { reason: `${what} was answered ${statusOf(exchange)} at the gate`, exchange };
}

/** A gate that lets every request through is the business of the two laws about no token and a wrong one. */
export function shutBy(answer: Exchange | undefined): undefined {
  needs(statusOf(seen(answer)) === 401, "a gate that is shut");
}

function judgeSocket(how: string, answer: PreviewSocketAnswer | undefined): Breach | undefined {
  const { status } = seen(answer);
  return status === 401 ? undefined : { reason: `a WebSocket ${how} was answered ${status} at the gate, not 401` };
}

function judgeAsleep(what: string, exchange: Exchange): Breach | undefined {
  return stateIn(exchange) === "running" ? { reason: `${what} woke the sandbox`, exchange } : undefined;
}

function judgeErrorBody(exchange: Exchange): Breach | undefined {
  const { json } = exchange.response;
  if (isObject(json) && typeof json["error"] === "string" && json["error"] !== "") return undefined;
  return { reason: "the body of the refusal has no text in error", exchange };
}
