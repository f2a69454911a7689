import type { Breach } from "../../kit/law/case.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { isAdmitted, seen } from "../preview-client.ts";
import { answered, entriesOf, membersOf } from "../readings.ts";
import { emptySecret, fork, forkTexts, lawSecret, secretStore } from "../scenarios/fork.ts";
import { insidePointer } from "./inside.ts";

const forked = insidePointer("forkCheckpoint");

/** What forks have of the sandbox that they come from: one sandbox for all of it, beside one that laws share. */
export const forkLaws: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/files-apart",
    requirement: levelAt(forked),
    statement: "give a fork the files of its checkpoint, and let neither sandbox see what the other one writes later",
    source: forked,
    operations: ["forkCheckpoint", "createCheckpoint", "readFile", "writeFile"],
    scenario: fork,
    judge: ({ created, readings }) => {
      needsSuccess(created);
      needs(readings !== undefined, "the id of a fork");
      const { inFork, inParent } = readings;
      if (inFork.response.body !== forkTexts.before) {
        const seen = isSuccess(inFork) ? JSON.stringify(inFork.response.body.slice(0, 100)) : answered(inFork);
        return {
          reason: `the checkpoint's file holds "${forkTexts.before}", and the fork's is ${seen}`,
          exchange: inFork,
        };
      }
      if (inParent.response.body === forkTexts.later) return undefined;
      const seen = isSuccess(inParent) ? JSON.stringify(inParent.response.body.slice(0, 100)) : answered(inParent);
      return {
        reason: `the sandbox wrote "${forkTexts.later}", and has ${seen} once its fork wrote`,
        exchange: inParent,
      };
    },
  }),
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/checkpoint-kept",
    requirement: levelAt(forked),
    statement: "leave a checkpoint as it was, whatever its sandbox and its forks write later",
    source: insidePointer("createCheckpoint"),
    operations: ["forkCheckpoint", "createCheckpoint", "restoreCheckpoint", "readFile"],
    scenario: fork,
    judge: ({ created, kept: { restored, read } }) => {
      needsSuccess(created);
      needsSuccess(restored);
      if (read.response.body === forkTexts.before) return undefined;
      const seen = isSuccess(read) ? JSON.stringify(read.response.body.slice(0, 100)) : answered(read);
      return {
        reason: `the checkpoint's file held "${forkTexts.before}", and is ${seen} once a fork wrote and it is restored`,
        exchange: read,
      };
    },
  }),
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/tags-apart",
    requirement: levelAt(forked),
    statement: "give a fork none of the tags of the sandbox that it comes from",
    source: forked,
    operations: ["forkCheckpoint", "getSandboxTags", "replaceSandboxTags"],
    scenario: fork,
    judge: ({ created, marked, readings }) => {
      needsSuccess(created);
      needsSuccess(marked.tagged);
      needs(readings !== undefined, "the id of a fork");
      const { tags } = readings;
      needsSuccess(tags);
      const seen = JSON.stringify(membersOf(tags)["tags"]);
      return seen === "{}" ? undefined : { reason: `a fork that was not tagged has the tags ${seen}`, exchange: tags };
    },
  }),
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/gate-apart",
    requirement: levelAt(forked),
    statement: "put no gate before a fork because the sandbox that it comes from has one",
    source: forked,
    operations: ["forkCheckpoint", "rotatePreviewToken"],
    needs: ["memory", "preview-route"],
    scenario: fork,
    judge: ({ created, marked, readings }) => {
      needsSuccess(created);
      needsSuccess(marked.guarded);
      needs(readings !== undefined, "the id of a fork");
      const exchange = seen(readings.withoutToken);
      if (isAdmitted(exchange)) return undefined;
      return { reason: `a fork that was given no token: ${answered(exchange)} to a request without one`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/foreign",
    requirement: "MUST",
    statement: "make no sandbox of another organisation's checkpoint",
    source: insidePointer("forkCheckpoint", "responses", "404"),
    operations: ["forkCheckpoint", "createCheckpoint"],
    needs: ["memory", "second-key"],
    scenario: fork,
    judge: ({ created, foreign }) => {
      needsSuccess(created);
      if (foreign === undefined || !isSuccess(foreign)) return undefined;
      return { reason: `${answered(foreign)} to another organisation's key`, exchange: foreign };
    },
  }),
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/secret-hidden",
    requirement: "MUST",
    statement: "show the value of a secret in no sandbox that has its store",
    source: insidePointer("setSecret"),
    operations: ["forkCheckpoint", "runCommand", "setSecret", "createSecretStore"],
    scenario: fork,
    judge: ({ created, readings }) => {
      needsSuccess(created);
      needs(readings !== undefined, "the id of a fork");
      return judgeHidden([readings.guest]);
    },
  }),
].map((law) => ({ ...law, sandboxes: { ...law.sandboxes, shared: 1 } }));

/** What is seen of secrets by who keeps them and who does not. */
export const secretLaws: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/set-secret/value-hidden",
    requirement: "MUST",
    statement: "show the value of a secret in no answer",
    source: insidePointer("setSecret"),
    operations: ["setSecret", "getSecretStore", "listSecrets", "listSecretStores", "createSecretStore"],
    scenario: secretStore,
    judge: (store) => {
      needsSuccess(needed(store).set);
      return judgeHidden(needed(store).told);
    },
  }),
  scenarioLaw({
    id: "opencomputer/list-secrets/as-set",
    requirement: levelAt(insidePointer("setSecret", "responses", "200")),
    statement: "list each secret that was set, whatever its value: an empty text is one, too",
    source: insidePointer("setSecret", "responses", "200"),
    operations: ["listSecrets", "setSecret", "createSecretStore"],
    scenario: secretStore,
    judge: (store) => {
      const { set, setEmpty, listed } = needed(store);
      for (const step of [set, setEmpty, listed]) needsSuccess(step);
      const names = entriesOf(listed).map(({ name }) => name);
      const missing = [lawSecret.name, emptySecret].find((name) => !names.includes(name));
      return missing === undefined ? undefined : { reason: `${missing} was set, and is not listed`, exchange: listed };
    },
  }),
  scenarioLaw({
    id: "opencomputer/get-secret-store/foreign",
    requirement: "MUST",
    statement: "show and delete no secret store of another organisation",
    source: insidePointer("getSecretStore", "responses", "404"),
    operations: ["getSecretStore", "listSecrets", "deleteSecretStore", "createSecretStore"],
    needs: ["memory", "second-key"],
    scenario: secretStore,
    judge: (store) => {
      const exchange = needed(store).foreign.find((each) => isSuccess(each) && membersOf(each)["error"] === undefined);
      return exchange === undefined
        ? undefined
        : { reason: `${answered(exchange)} to another organisation's key`, exchange };
    },
  }),
];

function judgeHidden(told: readonly Exchange[]): Breach | undefined {
  const exchange = told.find(({ response }) => response.body.includes(lawSecret.value));
  return exchange && { reason: `${answered(exchange)} with the value of a secret`, exchange };
}

function needed<Store>(store: Store | undefined): Store {
  needs(store !== undefined, "a secret store");
  return store;
}
