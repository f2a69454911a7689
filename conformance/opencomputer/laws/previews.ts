import type { Breach } from "../../kit/law/case.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needsSuccess } from "../precondition.ts";
import { entriesOf, membersOf, tokenIn } from "../readings.ts";
import { life, lifePorts } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";

const [firstPort, secondPort, thirdPort] = lifePorts;

/** Preview records: a list of ports, without a say in the gate. */
export const previews: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/create-preview/record",
    requirement: "SHOULD",
    statement: "name the sandbox and the port in a preview record, and a host name that holds both",
    source: "#/components/schemas/Preview/properties/hostname",
    operations: ["createPreview"],
    scenario: life,
    judge: ({ id, running: { listings } }) => {
      const exchange = listings[0]!;
      needsSuccess(exchange);
      const { sandboxId, port, hostname } = membersOf(exchange);
      if (sandboxId !== id || port !== firstPort) return { reason: "the record is of another port", exchange };
      if (String(hostname).startsWith(`${id}-p${firstPort}.`)) return undefined;
      return { reason: `the host name is ${String(hostname)}, not ${id}-p${firstPort}.<domain>`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/list-previews/empty",
    requirement: "SHOULD",
    statement: "answer [] for the ports of a sandbox that has none listed",
    source: pointer("listPreviews", "responses", "200"),
    operations: ["listPreviews"],
    scenario: life,
    judge: ({ running: { fresh } }) => {
      needsSuccess(fresh.ports);
      return judgePorts(fresh.ports, []);
    },
  }),
  scenarioLaw({
    id: "opencomputer/list-previews/read-back",
    requirement: "SHOULD",
    statement: "list the ports that were recorded, the lowest first",
    source: pointer("listPreviews", "responses", "200"),
    operations: ["listPreviews", "createPreview"],
    scenario: life,
    judge: ({ running: { listings, listedPorts } }) => {
      listings.forEach(needsSuccess);
      return judgePorts(
        listedPorts,
        [...lifePorts].sort((one, other) => one - other),
      );
    },
  }),
  scenarioLaw({
    id: "opencomputer/create-preview/same-port",
    requirement: "MAY",
    statement: "answer a port that is listed already with its record and 200",
    source: pointer("createPreview", "responses", "200"),
    operations: ["createPreview"],
    scenario: life,
    judge: ({ running: { listings, listedTwice: exchange } }) => {
      needsSuccess(listings[1]!);
      if (exchange.response.status !== 200) return { reason: `it was answered ${exchange.response.status}`, exchange };
      if (membersOf(exchange)["id"] === membersOf(listings[1]!)["id"]) return undefined;
      return { reason: "the same port has another record now", exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/delete-preview/unlists",
    requirement: "SHOULD",
    statement: "take the port off the list that is deleted, and no other",
    source: pointer("deletePreview", "responses", "204"),
    operations: ["deletePreview", "listPreviews"],
    scenario: life,
    judge: ({ running: { listings, deleted, portsLeft } }) => {
      listings.forEach(needsSuccess);
      needsSuccess(deleted);
      return judgePorts(portsLeft, [thirdPort, secondPort]);
    },
  }),
  scenarioLaw({
    id: "opencomputer/delete-preview/unlisted-port",
    requirement: "MAY",
    statement: "answer the deletion of a port that is not listed with 404",
    source: pointer("deletePreview", "responses", "404"),
    operations: ["deletePreview"],
    scenario: life,
    judge: ({ running: { deleted, deletedTwice: exchange } }) => {
      needsSuccess(deleted);
      const { status } = exchange.response;
      return status === 404 ? undefined : { reason: `a port off the list is answered ${status}, not 404`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/list-previews/kept-over-hibernation",
    requirement: "SHOULD",
    statement: "keep the preview records of a sandbox over hibernation and wake",
    source: pointer("listPreviews"),
    operations: ["listPreviews", "hibernateSandbox", "wakeSandbox"],
    scenario: life,
    judge: ({ running: { listings, deleted }, hibernated }) => {
      [...listings, deleted, hibernated.hibernated].forEach(needsSuccess);
      const asleep = judgePorts(hibernated.fresh.ports, [thirdPort, secondPort]);
      if (asleep !== undefined || !isSuccess(hibernated.woken)) return asleep;
      return judgePorts(hibernated.awake.ports, isSuccess(hibernated.deleted) ? [secondPort] : [thirdPort, secondPort]);
    },
  }),
  scenarioLaw({
    id: "opencomputer/kill/drops-previews",
    requirement: "SHOULD",
    statement: "list no ports of a killed sandbox",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "listPreviews"],
    scenario: life,
    judge: ({ stopped: { killed, fresh } }) => {
      needsSuccess(killed);
      return isSuccess(fresh.ports) ? judgePorts(fresh.ports, []) : undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/rotate-preview-token/new-each-time",
    requirement: "MUST",
    statement: "make another preview token each time",
    source: pointer("rotatePreviewToken"),
    operations: ["rotatePreviewToken"],
    scenario: life,
    judge: ({ running, hibernated }) => {
      const rotations = [running.rotated, running.rotatedAgain, hibernated.rotated].filter(isSuccess);
      const tokens = rotations.map(tokenIn).filter((token) => token !== undefined);
      if (new Set(tokens).size === tokens.length) return undefined;
      return { reason: "two rotations made the same token", exchange: rotations.at(-1)! };
    },
  }),
];

function judgePorts(exchange: Exchange, expected: readonly number[]): Breach | undefined {
  const ports = entriesOf(exchange).map(({ port }) => port);
  if (Array.isArray(exchange.response.json) && ports.join() === expected.join()) return undefined;
  return { reason: `the listed ports are [${ports.join(", ")}], not [${expected.join(", ")}]`, exchange };
}
