import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law, Requirement } from "../../kit/law/law.ts";
import type { PreviewSocketAnswer } from "../../kit/law/call.ts";
import { isObject } from "../../kit/law/schema.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { stateIn, statusOf } from "../readings.ts";
import { gate, notAboutGate } from "../scenarios/preview-gate.ts";
import type { ScenarioLawHead } from "../../kit/law/families/scenario.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { isAdmitted, seen } from "../preview-client.ts";

type GateRecord = Awaited<ReturnType<typeof gate.play>>;

const auth = "#/components/schemas/CreateSandboxRequest/properties/previewAuth";
const data = "#/x-preview-gate";

/**
 * Laws about requests that the scenario sends one after the other: the level, what a server has to do, where that stands, and which
 * of the first requests have to be answered rightly for the others to tell anything.
 */
const requestLaws: Readonly<Record<string, readonly [Requirement, string, string, readonly Plain[]]>> = {
  "token-missing": ["MUST", "answer a request to a gated preview without a token with 401", `${data}/checks/1`, []],
  "token-wrong": [
    "MUST",
    "answer a request to a gated preview with a wrong token with 401, in either header",
    `${data}/checks/2`,
    ["missing"],
  ],
  "token-own-header": [
    "MUST",
    "let a request with the right token in X-OC-Preview-Token through the gate",
    `${data}/headers/0`,
    [],
  ],
  "token-bearer": [
    "MUST",
    "let a request with the right token in Authorization: Bearer through the gate",
    `${data}/headers/1`,
    [],
  ],
  "scheme-case": [
    "SHOULD",
    "take the scheme Bearer in any letter case",
    `${data}/headers/1/schemeAnyCase`,
    ["rightBearer"],
  ],
  "token-near-miss": [
    "MUST",
    "refuse a token that is almost right: cut short, longer, in another letter case, hashed",
    `${data}/token`,
    ["wrong"],
  ],
  "token-elsewhere": [
    "MUST",
    "take a token from the two headers only: not from the query, a cookie or another scheme",
    `${data}/elsewhere`,
    ["missing"],
  ],
  "header-precedence": [
    "MAY",
    "judge X-OC-Preview-Token alone where both headers are sent",
    `${data}/precedence`,
    ["right", "wrong"],
  ],
  "header-blank": [
    "MAY",
    "take a blank X-OC-Preview-Token for none, and read Authorization",
    `${data}/precedence`,
    ["rightBearer"],
  ],
  "both-wrong": ["MUST", "refuse a request whose two tokens are both wrong", auth, ["wrong"]],
  "every-method": ["MUST", "ask for the token whatever the method of the request", `${data}/methods`, ["missing"]],
  "every-method-opens": [
    "MUST",
    "let a request with the right token through whatever its method",
    `${data}/methods`,
    ["right"],
  ],
  "every-port": ["MUST", "ask for the token at every port", `${data}/port`, ["missing"]],
  "one-token-for-all-ports": ["MUST", "let the token through at every port", `${data}/token/scope`, ["right"]],
  "every-path": ["MUST", "ask for the token at every path", auth, ["missing"]],
};

/** The first requests of all. The others tell nothing where the gate does not answer these rightly. */
type Plain = "missing" | "wrong" | "right" | "rightBearer";

/** A law about who may come through the gate. */
function gateLaw({
  judge,
  rests = [],
  operations = ["createSandbox"],
  requirement = "MUST",
  ...head
}: Omit<ScenarioLawHead, "needs" | "operations" | "requirement"> &
  Partial<Pick<ScenarioLawHead, "operations" | "requirement">> & {
    readonly rests?: readonly Plain[];
    readonly judge: (record: GateRecord) => Breach | undefined;
  }): Law {
  return scenarioLaw({
    ...{ ...head, operations, requirement, needs: ["memory", "preview-route"], scenario: gate },
    judge: (record) => {
      for (const plain of rests) needsPlain(record.awake[plain], plain);
      return judge(record);
    },
  });
}

/** What a plain request shows is the business of a law of its own. */
function needsPlain(answer: Exchange | undefined, plain: Plain): void {
  if (plain === "missing" || plain === "wrong") return shutBy(answer);
  needs(isAdmitted(seen(answer)), plain === "right" ? "a token that opens the gate" : "a bearer token that opens it");
}

/** Which requests come through the gate of a sandbox that was created with `previewAuth`. */
export const gateLaws: readonly Law[] = [
  ...Object.entries(requestLaws).map(([law, [requirement, statement, source, rests]]) =>
    gateLaw({
      ...{ id: `opencomputer/preview/${law}`, requirement, statement, source, rests },
      judge: ({ awake }) =>
        awake.asked
          .filter((asked) => asked.law === law)
          .map(({ what, opens, exchange }) => (opens ? judgeAdmission(what, exchange) : judgeRefusal(what, exchange)))
          .find(Boolean),
    }),
  ),
  gateLaw({
    id: "opencomputer/preview/host-case",
    requirement: "SHOULD",
    statement: "find a sandbox by the host name of its preview in capital letters",
    source: `${data}/host`,
    rests: ["right"],
    judge: ({ awake }) => {
      const [usual, exchange] = [statusOf(seen(awake.right)), seen(awake.inCapitals)];
      if (statusOf(exchange) === usual) return undefined;
      const reason = `a preview was answered ${usual}, and ${statusOf(exchange)} with its host name in capital letters`;
      return { reason, exchange };
    },
  }),
  gateLaw({
    id: "opencomputer/preview/gate-left-alone",
    statement: "open the gate to the same token and to no other after what is done to the sandbox and not to its gate",
    source: `${data}/token`,
    operations: notAboutGate.map(({ operation }) => operation),
    rests: ["right", "missing", "wrong"],
    judge: ({ leftAlone }) => {
      needs(leftAlone.length > 0, "something that is not about the gate");
      for (const { exchange, right, missing, credential } of leftAlone) {
        const after = `after ${exchange.operation}`;
        const breach =
          judgeAdmission(`the same token ${after}`, right) ??
          judgeRefusal(`no token ${after}`, missing) ??
          (credential && judgeRefusal(`the credential that is in the answer of ${exchange.operation}`, credential));
        if (breach !== undefined) return breach;
      }
      return undefined;
    },
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
    id: "opencomputer/preview/socket-gated",
    statement: "ask for the token before it opens a WebSocket",
    source: auth,
    rests: ["missing", "wrong"],
    judge: ({ awake: { sockets } }) =>
      judgeSocket("without a token", sockets.missing) ?? judgeSocket("with a wrong token", sockets.wrong),
  }),
  gateLaw({
    id: "opencomputer/preview/socket-opens",
    statement: "let a WebSocket with the right token through the gate",
    source: auth,
    rests: ["right", "rightBearer"],
    judge: ({ awake: { sockets } }) => {
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
    rests: ["missing", "wrong"],
    judge: ({ asleep }) => {
      needsSuccess(asleep.hibernated);
      return judgeRefusal("no token, asleep", asleep.missing) ?? judgeRefusal("a wrong token, asleep", asleep.wrong);
    },
  }),
  gateLaw({
    id: "opencomputer/preview/token-wakes",
    requirement: "SHOULD",
    statement: "wake a hibernated sandbox for a request with the right token",
    source: `${data}/checks/3`,
    operations: ["createSandbox", "hibernateSandbox", "getSandbox"],
    rests: ["right"],
    judge: ({ asleep }) => {
      needsSuccess(asleep.hibernated);
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
    rests: ["right"],
    judge: ({ awake, asleep }) => {
      needsSuccess(asleep.hibernatedAgain);
      needsSuccess(asleep.woken);
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
    rests: ["right"],
    judge: ({ killed, raced, afterKill }) => {
      needsSuccess(killed);
      needs(
        raced.answers.some((answer) => isAdmitted(seen(answer))),
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
    rests: ["missing"],
    judge: ({ killed, afterKill }) => {
      needsSuccess(killed);
      const withoutToken = judgeRefusal("no token, after the kill", afterKill.withoutToken);
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
