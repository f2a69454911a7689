import { isDeepStrictEqual } from "node:util";
import { isDocumentedRefusal } from "../../kit/law/answer.ts";
import type { Breach } from "../../kit/law/case.ts";
import type { RunContract } from "../../kit/law/contract.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, entriesOf, membersOf, stateIn } from "../readings.ts";
import { authConfig, inputs } from "../scenarios/inputs.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";

type Sent = { readonly input: unknown; readonly exchange: Exchange };

/** Bodies and parameters of the operations on one sandbox, right and wrong. Those of a create have files of their own. */
export const otherInputs: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/set-timeout/accepts-limits",
    requirement: "SHOULD",
    statement: "accept a timeout of 0, of one second and of a day",
    source: "#/components/schemas/SetTimeoutRequest/properties/timeout",
    operations: ["setSandboxTimeout"],
    scenario: inputs,
    judge: ({ timeoutsTaken }) => firstRefused(timeoutsTaken),
  }),
  scenarioLaw({
    // A timeout that was a slip of the pen and means "never" costs money.
    id: "opencomputer/set-timeout/broken-timeout",
    requirement: "MUST",
    statement: "refuse a timeout that is missing, negative or no integer with a documented 4xx",
    source: pointer("setSandboxTimeout", "responses", "400"),
    operations: ["setSandboxTimeout"],
    scenario: inputs,
    judge: ({ timeoutsBroken }, { contract }) => firstTaken(contract, timeoutsBroken),
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/accepts-limits",
    requirement: "SHOULD",
    statement: "list the ports 1 and 65535",
    source: "#/components/schemas/CreatePreviewRequest/properties/port",
    operations: ["createPreview"],
    scenario: inputs,
    judge: ({ portsTaken }) => firstRefused(portsTaken),
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/broken-port",
    requirement: "SHOULD",
    statement: "refuse to list what is no port with a documented 4xx",
    source: "#/components/schemas/CreatePreviewRequest/properties/port",
    operations: ["createPreview"],
    scenario: inputs,
    judge: ({ portsBroken }, { contract }) => firstTaken(contract, portsBroken),
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/refusal-lists-nothing",
    requirement: "SHOULD",
    statement: "list nothing when it refuses to list a port",
    source: pointer("createPreview", "responses", "400"),
    operations: ["createPreview", "listPreviews"],
    scenario: inputs,
    judge: ({ portsBroken, portsUnlisted: exchange }) => {
      needs(!portsBroken.some((sent) => isSuccess(sent.exchange)), "ports that are all refused");
      const listed = entriesOf(exchange).length;
      if (listed === 0) return undefined;
      return { reason: `all ports were refused, yet ${listed} are listed`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/auth-config-kept",
    requirement: "SHOULD",
    statement: "keep an authConfig and answer it as it is, in a list too where it tells one",
    source: "#/components/schemas/CreatePreviewRequest/properties/authConfig",
    operations: ["createPreview", "listPreviews"],
    scenario: inputs,
    judge: ({ portsTaken, configured: { made, listed } }) => {
      portsTaken.forEach(({ exchange }) => needsSuccess(exchange)); // else nothing is listed, with or without one
      if (!isSuccess(made))
        return { reason: `${answered(made)} to an authConfig, which may hold anything`, exchange: made };
      const entry = entriesOf(listed).find(({ port }) => port === membersOf(made)["port"]);
      for (const [exchange, seen] of [
        [made, membersOf(made)],
        [listed, entry ?? {}],
      ] as const) {
        // Whether it is told again was only observed: what is told has to be what was sent.
        if ("authConfig" in seen && !isDeepStrictEqual(seen["authConfig"], authConfig)) {
          return { reason: `the authConfig came back as ${JSON.stringify(seen["authConfig"])}`, exchange };
        }
      }
      return undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/foreign-domain",
    requirement: "MAY",
    statement: "refuse to list a port on a domain that the organisation has not verified with a documented 4xx",
    source: "#/components/schemas/CreatePreviewRequest/properties/domain",
    operations: ["createPreview"],
    scenario: inputs,
    judge: ({ configured: { foreign } }, { contract }) =>
      firstTaken(contract, [{ input: foreign.request.body, exchange: foreign }]),
  }),
  scenarioLaw({
    id: "opencomputer/delete-preview/broken-port",
    requirement: "MAY",
    statement: "refuse to take what is no port off the list with 400",
    source: pointer("deletePreview", "responses", "400"),
    operations: ["deletePreview"],
    scenario: inputs,
    judge: ({ pathsBroken }, { contract }) => firstTaken(contract, pathsBroken),
  }),
  scenarioLaw({
    id: "opencomputer/delete-preview/exact-port",
    requirement: "SHOULD",
    statement: "take no port off the list but the one that is named",
    source: pointer("deletePreview"),
    operations: ["deletePreview", "listPreviews"],
    scenario: inputs,
    judge: ({ portsTaken, portsLeft: exchange }) => {
      const listed = portsTaken.filter((sent) => isSuccess(sent.exchange));
      const ports = new Set(entriesOf(exchange).map(({ port }) => port));
      const lost = listed.find(({ input }) => !ports.has(input.port));
      if (lost === undefined) return undefined;
      return {
        reason: `port ${lost.input.port} was listed, no request named it since, and the list lacks it`,
        exchange,
      };
    },
  }),
  scenarioLaw({
    id: "opencomputer/wake/broken-body",
    requirement: "MAY",
    statement: "refuse to wake by a negative timeout, or one that is no integer, with a documented 4xx",
    source: pointer("wakeSandbox", "responses", "400"),
    operations: ["wakeSandbox"],
    scenario: inputs,
    judge: ({ ending: { hibernated, brokenWakes } }, { contract }) => {
      needsSuccess(hibernated);
      return firstTaken(contract, brokenWakes);
    },
  }),
  scenarioLaw({
    id: "opencomputer/wake/refusal-wakes-nothing",
    requirement: "MUST",
    statement: "leave a sandbox asleep when it refuses to wake it",
    source: pointer("wakeSandbox", "responses", "400"),
    operations: ["wakeSandbox", "getSandbox"],
    scenario: inputs,
    judge: ({ ending: { hibernated, brokenWakes, asleep: exchange } }) => {
      needsSuccess(hibernated);
      needs(!brokenWakes.some((sent) => isSuccess(sent.exchange)), "a refused wake");
      if (stateIn(exchange) !== "running") return undefined;
      return { reason: "every request to wake it was refused, yet it runs", exchange };
    },
  }),
];

function firstRefused(sent: readonly Sent[]): Breach | undefined {
  const refused = sent.find(({ exchange }) => !isSuccess(exchange));
  if (refused === undefined) return undefined;
  const { input, exchange } = refused;
  return {
    reason: `${answered(exchange)} to ${JSON.stringify(input)}, which is valid`,
    exchange,
    counterexample: input,
  };
}

function firstTaken(contract: RunContract, sent: readonly Sent[]): Breach | undefined {
  const taken = sent.find(({ exchange }) => !isDocumentedRefusal(contract, exchange));
  if (taken === undefined) return undefined;
  const { input, exchange } = taken;
  const reason = `${answered(exchange)} to ${JSON.stringify(input)}, which is broken, not with a documented 4xx`;
  return { reason, exchange, counterexample: input };
}
