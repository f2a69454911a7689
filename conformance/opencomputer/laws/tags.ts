import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { isObject } from "../../kit/law/schema.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answered, answerTo, membersOf } from "../readings.ts";
import { life, lifeTags } from "../scenarios/life.ts";
import { inputs } from "../scenarios/inputs.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";
import { modelLaws } from "./model-laws.ts";

type Tags = Readonly<Record<string, string>>;

const answer = pointer("replaceSandboxTags", "responses", "200");
const replacing = pointer("replaceSandboxTags");

/** Tags are replaced as a whole, and are there in every state. */
export const tags: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/get-tags/none-at-first",
    requirement: "SHOULD",
    statement: "answer {} and null for the tags of a sandbox that never had any",
    source: "#/components/schemas/SandboxTags/properties/tagsLastUpdatedAt",
    operations: ["getSandboxTags"],
    scenario: life,
    judge: ({ running }) => {
      const exchange = answerTo(running, "getSandboxTags");
      needsSuccess(exchange);
      const { tagsLastUpdatedAt } = membersOf(exchange);
      if (tagsLastUpdatedAt === null) return judgeTags(exchange, {});
      return { reason: `tags that were never set have the time ${JSON.stringify(tagsLastUpdatedAt)}`, exchange };
    },
  }),
  ...modelLaws(life, {
    "replace-tags/answers-new": [
      "SHOULD",
      "answer the replacing of tags with the new tags and a time",
      answer,
      ["replaceSandboxTags"],
    ],
    "get-tags/read-back": [
      "SHOULD",
      "read the tags that were set",
      pointer("getSandboxTags", "responses", "200"),
      ["getSandboxTags", "replaceSandboxTags"],
    ],
    "get/shows-tags": [
      "SHOULD",
      "show the tags that were set where reading a sandbox shows tags",
      "#/components/schemas/Sandbox/properties/tags",
      ["getSandbox", "replaceSandboxTags"],
    ],
    "get-tags/kept-over-hibernation": [
      "SHOULD",
      "keep the tags of a sandbox over hibernation and wake",
      pointer("getSandboxTags"),
      ["getSandboxTags", "hibernateSandbox", "wakeSandbox"],
    ],
    "replace-tags/any-state": [
      "SHOULD",
      "keep tags that are set while a sandbox hibernates or is stopped",
      replacing,
      ["replaceSandboxTags", "getSandboxTags"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/replace-tags/replaces-all",
    requirement: "SHOULD",
    statement: "drop the tags that are not sent when tags are replaced",
    source: replacing,
    operations: ["replaceSandboxTags", "getSandboxTags"],
    scenario: life,
    judge: ({ running }) => {
      needsSuccess(answerTo(running, "replaceSandboxTags", 1));
      return judgeTags(answerTo(running, "getSandboxTags", -1), lifeTags.second);
    },
  }),
  scenarioLaw({
    id: "opencomputer/replace-tags/clears",
    requirement: "SHOULD",
    statement: "clear all tags when {} or no body is sent",
    source: replacing,
    operations: ["replaceSandboxTags", "getSandboxTags"],
    scenario: inputs,
    judge: ({ cleared }) => {
      for (const { put, read } of cleared) {
        if (!isSuccess(put)) return { reason: `${answered(put)} when tags were cleared`, exchange: put };
        const left = judgeTags(read, {});
        if (left !== undefined) return left;
      }
      return undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/replace-tags/accepts-limits",
    requirement: "SHOULD",
    statement: "accept tags that reach the documented limits, each of them, and any text as a value",
    source: "#/components/schemas/Tags",
    operations: ["replaceSandboxTags", "getSandboxTags"],
    scenario: inputs,
    judge: ({ accepted }) => {
      for (const { tags: sent, put, read } of accepted) {
        if (!isSuccess(put)) return { reason: `${answered(put)} for tags within the limits`, exchange: put };
        const wrong = judgeTags(read, sent);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/replace-tags/broken-limits",
    requirement: "SHOULD",
    statement: "refuse tags beyond a documented limit, and what is no flat map of strings, with 400",
    source: pointer("replaceSandboxTags", "responses", "400"),
    operations: ["replaceSandboxTags"],
    scenario: inputs,
    judge: ({ refused }) => {
      const taken = refused.find(({ put }) => put.response.status !== 400);
      if (taken === undefined) return undefined;
      const { breaks, put } = taken;
      return { reason: `tags that break ${breaks} were answered ${put.response.status}, not 400`, exchange: put };
    },
  }),
  scenarioLaw({
    id: "opencomputer/replace-tags/refusal-changes-nothing",
    requirement: "SHOULD",
    statement: "leave the tags as they were when it refuses to replace them",
    source: pointer("replaceSandboxTags", "responses", "400"),
    operations: ["replaceSandboxTags", "getSandboxTags"],
    scenario: inputs,
    judge: ({ kept, refused }) => {
      for (const { put, read } of refused) {
        const changed = isSuccess(put) || !isSuccess(read) ? undefined : judgeTags(read, kept);
        if (changed !== undefined) return changed;
      }
      return undefined;
    },
  }),
];

function judgeTags(exchange: Exchange, expected: Tags): Breach | undefined {
  const { tags: seen } = membersOf(exchange);
  if (isObject(seen) && sorted(seen) === sorted(expected)) return undefined;
  return { reason: `the tags are ${excerpt(seen)}, not ${excerpt(expected)}`, exchange };
}

function sorted(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? "not there";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
