import { firstMisshapen, isDocumentedRefusal } from "../../kit/law/answer.ts";
import type { Breach } from "../../kit/law/case.ts";
import type { RunContract } from "../../kit/law/contract.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs } from "../../kit/law/precondition.ts";
import { refusals } from "../scenarios/refusals.ts";
import type { Group, Tried } from "../scenarios/refusals.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";

const schemas = "#/components/schemas";
const refusal = pointer("createSandbox", "responses", "400");

/** Creates a hair's breadth beyond what is allowed: refused, in the documented form, and nothing comes of them. */
export const refusedCreates: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/create/token-of-fifteen",
    requirement: "MUST",
    statement: "refuse a preview token of 15 characters, however many bytes they take, with a documented 4xx",
    source: `${schemas}/PreviewAuth/properties/token/anyOf/1/minLength`,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ auths }, { contract }) => firstTaken(contract, auths.tried.slice(0, 3)),
  }),
  scenarioLaw({
    id: "opencomputer/create/broken-preview-auth",
    requirement: "MUST",
    statement: "refuse a previewAuth of another form or scheme, or with another word for auto, with a documented 4xx",
    source: `${schemas}/PreviewAuth`,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ auths }, { contract }) => firstTaken(contract, auths.tried.slice(3)),
  }),
  scenarioLaw({
    id: "opencomputer/create/broken-boundary",
    requirement: "MUST",
    statement: "refuse timeouts and sizes that just miss what is allowed with a documented 4xx",
    source: `${schemas}/CreateSandboxRequest`,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ bodies }, { contract }) => firstTaken(contract, bodies.tried),
  }),
  scenarioLaw({
    id: "opencomputer/create/zero-size",
    requirement: "SHOULD",
    statement: "refuse a create with a cpuCount or memoryMB of 0 with a documented 4xx",
    source: `${schemas}/CreateSandboxRequest/properties/cpuCount/enum`,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ zeros }, { contract }) => firstTaken(contract, zeros.tried),
  }),
  scenarioLaw({
    id: "opencomputer/create/undeclared-json",
    requirement: "SHOULD",
    statement: "refuse a body that is not declared as JSON with a documented 4xx",
    source: refusal,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ undeclared }, { contract }) => firstTaken(contract, undeclared.tried),
  }),
  scenarioLaw({
    id: "opencomputer/create/unknown-names",
    requirement: "SHOULD",
    statement: "refuse a template or a snapshot that does not exist with a documented 4xx",
    source: `${schemas}/CreateSandboxRequest/properties/templateID`,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ unknown }, { contract }) => firstTaken(contract, unknown.tried),
  }),
  scenarioLaw({
    id: "opencomputer/create/error-shape",
    requirement: "SHOULD",
    statement: "answer a create that it refuses with the documented error body",
    source: refusal,
    operations: ["createSandbox"],
    scenario: refusals,
    judge: ({ auths, bodies, zeros, texts, undeclared, unknown }, { contract }) => {
      const all = [auths, bodies, zeros, texts, undeclared, unknown].flatMap(({ tried }) => tried);
      return firstMisshapen(
        contract,
        all.map(({ exchange }) => exchange),
      );
    },
  }),
  scenarioLaw({
    id: "opencomputer/create/preview-auth-first",
    requirement: "MUST",
    statement: "judge previewAuth before anything exists: a create that it refuses for it leaves no sandbox behind",
    source: `${schemas}/CreateSandboxRequest/properties/previewAuth`,
    operations: ["createSandbox", "listSandboxes"],
    scenario: refusals,
    judge: ({ auths }) => judgeStrays([auths]),
  }),
  scenarioLaw({
    // What is left behind runs and costs money, and its id was told to no caller.
    id: "opencomputer/create/refusal-creates-nothing",
    requirement: "MUST",
    statement: "leave no sandbox behind when it refuses a create",
    source: refusal,
    operations: ["createSandbox", "listSandboxes"],
    scenario: refusals,
    judge: ({ auths: _, ...groups }) => judgeStrays(Object.values(groups)),
  }),
];

function firstTaken(contract: RunContract, tried: readonly Tried[]): Breach | undefined {
  const taken = tried.find(({ exchange }) => !isDocumentedRefusal(contract, exchange));
  if (taken === undefined) return undefined;
  const { what, input, exchange } = taken;
  const reason = `a create with ${what} was answered ${exchange.response.status}, not with a documented 4xx`;
  return { reason, exchange, counterexample: input };
}

/** What creates that were refused have made. Without a list there is no telling. */
function judgeStrays(groups: readonly Group[]): Breach | undefined {
  needs(
    groups.every(({ strays }) => strays !== undefined),
    "the list of sandboxes",
  );
  needs(
    groups.some(({ tried }) => tried.some(({ exchange }) => !isSuccess(exchange))),
    "a refused create",
  );
  const [stray] = groups.flatMap(({ strays = [] }) => strays);
  if (stray === undefined) return undefined;
  const { id, exchange } = stray;
  return { reason: `a create was refused with ${exchange.response.status}, yet ${id} runs since then`, exchange };
}
