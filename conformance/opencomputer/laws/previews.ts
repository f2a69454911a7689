import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answerTo, entriesOf } from "../readings.ts";
import { life, lifePorts } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";
import { modelLaws } from "./model-laws.ts";

const listed = pointer("listPreviews", "responses", "200");

/** Preview records: a list of ports, without a say in the gate. */
export const previews: readonly Law[] = [
  ...modelLaws(life, {
    "create-preview/record": [
      "SHOULD",
      "name the sandbox and the port in a preview record, and a host name that holds both",
      "#/components/schemas/Preview/properties/hostname",
      ["createPreview"],
    ],
    "list-previews/empty": [
      "SHOULD",
      "answer [] for the ports of a sandbox that has none listed",
      listed,
      ["listPreviews"],
    ],
    "list-previews/read-back": [
      "SHOULD",
      "list the ports that were recorded, the lowest first",
      listed,
      ["listPreviews", "createPreview"],
    ],
    "create-preview/same-port": [
      "MAY",
      "answer a port that is listed already with its record and 200",
      pointer("createPreview", "responses", "200"),
      ["createPreview"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/delete-preview/unlists",
    requirement: "SHOULD",
    statement: "take the port off the list that is deleted, and no other",
    source: pointer("deletePreview", "responses", "204"),
    operations: ["deletePreview", "listPreviews"],
    scenario: life,
    judge: ({ running }) => {
      const [deleted] = lifePorts;
      const listings = lifePorts.map((_, at) => answerTo(running, "createPreview", at));
      [...listings, answerTo(running, "deletePreview")].forEach(needsSuccess);
      const exchange = answerTo(running, "listPreviews", -1);
      const ports = entriesOf(exchange).map(({ port }) => port);
      const expected = lifePorts.filter((port) => port !== deleted).toSorted((one, other) => one - other);
      if (isSuccess(exchange) && ports.join() === expected.join()) return undefined;
      return { reason: `the listed ports are [${ports.join(", ")}], not [${expected.join(", ")}]`, exchange };
    },
  }),
  ...modelLaws(life, {
    "delete-preview/unlisted-port": [
      "MAY",
      "answer the deletion of a port that is not listed with 404",
      pointer("deletePreview", "responses", "404"),
      ["deletePreview"],
    ],
    "list-previews/kept-over-hibernation": [
      "SHOULD",
      "keep the preview records of a sandbox over hibernation and wake",
      pointer("listPreviews"),
      ["listPreviews", "hibernateSandbox", "wakeSandbox"],
    ],
    "kill/drops-previews": [
      "SHOULD",
      "list no ports of a killed sandbox",
      pointer("killSandbox"),
      ["killSandbox", "listPreviews"],
    ],
    "rotate-preview-token/new-each-time": [
      "MUST",
      "make another preview token each time",
      pointer("rotatePreviewToken"),
      ["rotatePreviewToken"],
    ],
  }),
];
