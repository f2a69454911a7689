import { isDocumentedRefusal, judgeAnswer } from "../../kit/answer.ts";
import type { Breach } from "../../kit/breach.ts";
import type { Contract } from "../../kit/contract.ts";
import type { Exchange } from "../../kit/exchange.ts";
import { isSuccess } from "../../kit/exchange.ts";
import type { Law } from "../../kit/law.ts";
import { needs } from "../precondition.ts";
import { entriesOf, listedIds } from "../readings.ts";
import { refusals } from "../stories/refusals.ts";
import type { Tried } from "../stories/refusals.ts";
import { storyLaw } from "../story.ts";
import { pointer } from "./operations.ts";

const schemas = "#/components/schemas";
const refusal = pointer("createSandbox", "responses", "400");

/** Creates a hair's breadth beyond what is allowed: refused, in the documented form, and nothing comes of them. */
export const refusedCreates: readonly Law[] = [
  storyLaw({
    id: "opencomputer/create/token-of-fifteen",
    requirement: "MUST",
    statement: "refuse a preview token of 15 characters, however many bytes they take, with a documented 4xx",
    source: `${schemas}/PreviewAuth/properties/token/anyOf/1/minLength`,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ auths }, { contract }) => firstTaken(contract, auths.slice(0, 3)),
  }),
  storyLaw({
    id: "opencomputer/create/broken-preview-auth",
    requirement: "MUST",
    statement: "refuse a previewAuth of another form or scheme, or with another word for auto, with a documented 4xx",
    source: `${schemas}/PreviewAuth`,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ auths }, { contract }) => firstTaken(contract, auths.slice(3)),
  }),
  storyLaw({
    id: "opencomputer/create/broken-boundary",
    requirement: "MUST",
    statement: "refuse timeouts and sizes that just miss what is allowed with a documented 4xx",
    source: `${schemas}/CreateSandboxRequest`,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ bodies }, { contract }) => firstTaken(contract, bodies),
  }),
  storyLaw({
    id: "opencomputer/create/undeclared-json",
    requirement: "SHOULD",
    statement: "refuse a body that is not declared as JSON with a documented 4xx",
    source: refusal,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ undeclared }, { contract }) => firstTaken(contract, undeclared),
  }),
  storyLaw({
    id: "opencomputer/create/unknown-names",
    requirement: "SHOULD",
    statement: "refuse a template or a snapshot that does not exist with a documented 4xx",
    source: `${schemas}/CreateSandboxRequest/properties/templateID`,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ unknown }, { contract }) => firstTaken(contract, unknown),
  }),
  storyLaw({
    id: "opencomputer/create/error-shape",
    requirement: "SHOULD",
    statement: "answer a create that it refuses with the documented error body",
    source: refusal,
    operations: ["createSandbox"],
    story: refusals,
    judge: ({ auths, bodies, texts, undeclared, unknown }, { contract }) => {
      for (const { exchange } of [...auths, ...bodies, ...texts, ...undeclared, ...unknown]) {
        const { status } = exchange.response;
        const reason = status >= 400 && status < 500 ? judgeAnswer(contract, exchange) : undefined;
        if (reason !== undefined) return { reason, exchange };
      }
      return undefined;
    },
  }),
  storyLaw({
    id: "opencomputer/create/preview-auth-first",
    requirement: "MUST",
    statement: "judge previewAuth before anything exists: a create that it refuses for it leaves no sandbox behind",
    source: `${schemas}/CreateSandboxRequest/properties/previewAuth`,
    operations: ["createSandbox", "listSandboxes"],
    story: refusals,
    judge: ({ before, auths, afterAuths }) => judgeLeftovers(before, afterAuths, auths),
  }),
  storyLaw({
    // What is left behind runs and costs money, and nobody knows its id.
    id: "opencomputer/create/refusal-creates-nothing",
    requirement: "MUST",
    statement: "leave no sandbox behind when it refuses a create",
    source: refusal,
    operations: ["createSandbox", "listSandboxes"],
    story: refusals,
    judge: ({ afterAuths, bodies, texts, undeclared, unknown, after }) =>
      judgeLeftovers(afterAuths, after, [...bodies, ...texts, ...undeclared, ...unknown]),
  }),
];

function firstTaken(contract: Contract, tried: readonly Tried[]): Breach | undefined {
  const taken = tried.find(
    ({ exchange }) => exchange.response.status === 401 || !isDocumentedRefusal(contract, exchange),
  );
  if (taken === undefined) return undefined;
  const { what, input, exchange } = taken;
  const reason = `a create with ${what} was answered ${exchange.response.status}, not with a documented 4xx`;
  return { reason, exchange, counterexample: input };
}

/** What is listed afterwards and was not before, though each create in between was refused. Others may be at work too. */
function judgeLeftovers(before: Exchange, exchange: Exchange, tried: readonly Tried[]): Breach | undefined {
  needs(before.response.status === 200 && exchange.response.status === 200, "a list");
  const refused = tried.filter((attempt) => !isSuccess(attempt.exchange));
  needs(refused.length > 0, "a refused create");
  const known = new Set([...listedIds(before), ...tried.map((attempt) => idIn(attempt.exchange))]);
  const left = entriesOf(exchange).filter(({ sandboxID }) => !known.has(sandboxID));
  if (left.length === 0) return undefined;
  const ids = left.map(({ sandboxID }) => String(sandboxID)).join(", ");
  return { reason: `${refused.length} creates were refused, and ${ids} came to be listed meanwhile`, exchange };
}

function idIn({ response }: Exchange): unknown {
  return (response.json as { readonly sandboxID?: unknown } | undefined)?.sandboxID;
}
