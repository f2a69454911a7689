import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { fork, forkTexts, lawSecret } from "../scenarios/fork.ts";
import { insidePointer } from "./inside.ts";

const forked = insidePointer("forkCheckpoint");

/** What forks have of the sandbox that they come from, and what is seen of secrets: one sandbox for all of it, beside one that laws share. */
export const forkLaws: readonly Law[] = [
  scenarioLaw({
    id: "opencomputer/fork-checkpoint/files-apart",
    requirement: levelAt(forked),
    statement: "give a fork the files of its checkpoint, and let neither sandbox see what the other one writes later",
    source: forked,
    operations: ["forkCheckpoint", "createCheckpoint", "readFile", "writeFile"],
    scenario: fork,
    judge: ({ forked: { created, readings } }) => {
      needsSuccess(created);
      needs(readings !== undefined, "the id of a fork");
      const { inFork, inParent } = readings!;
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
    id: "opencomputer/fork-checkpoint/foreign",
    requirement: "MUST",
    statement: "make no sandbox of another organisation's checkpoint",
    source: insidePointer("forkCheckpoint", "responses", "404"),
    operations: ["forkCheckpoint", "createCheckpoint"],
    needs: ["memory", "second-key"],
    scenario: fork,
    judge: ({ forked: { created, foreign } }) => {
      needsSuccess(created);
      if (foreign === undefined || !isSuccess(foreign)) return undefined;
      return { reason: `${answered(foreign)} to another organisation's key`, exchange: foreign };
    },
  }),
  scenarioLaw({
    id: "opencomputer/set-secret/value-hidden",
    requirement: "MUST",
    statement: "show the value of a secret in no answer, and in no sandbox that has it",
    source: insidePointer("setSecret"),
    operations: ["setSecret", "getSecretStore", "listSecrets", "listSecretStores", "createSecretStore"],
    scenario: fork,
    judge: ({ store, forked: { readings } }) => {
      needsSuccess(needed(store).set);
      const told = [...needed(store).told, ...(readings === undefined ? [] : [readings.guest])];
      const exchange = told.find(({ response }) => response.body.includes(lawSecret.value));
      return exchange === undefined
        ? undefined
        : { reason: `${answered(exchange)} with the value of a secret`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/get-secret-store/foreign",
    requirement: "MUST",
    statement: "show and delete no secret store of another organisation",
    source: insidePointer("getSecretStore", "responses", "404"),
    operations: ["getSecretStore", "listSecrets", "deleteSecretStore", "createSecretStore"],
    needs: ["memory", "second-key"],
    scenario: fork,
    judge: ({ store }) => {
      const exchange = needed(store).foreign.find((each) => isSuccess(each) && membersOf(each)["error"] === undefined);
      return exchange === undefined
        ? undefined
        : { reason: `${answered(exchange)} to another organisation's key`, exchange };
    },
  }),
].map((law) => ({ ...law, sandboxes: { ...law.sandboxes, shared: 1 } }));

function needed<Store>(store: Store | undefined): Store {
  needs(store !== undefined, "a secret store");
  return store!;
}
