import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { makeCheckpoint, nameNow, readIn, runIn, writeIn } from "../laws/inside.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { act } from "../calls.ts";
import { createPreviewClient } from "../preview-client.ts";
import { membersOf } from "../readings.ts";

const timeout = 300;
const path = "/tmp/sandglass-fork.txt";

/** What is kept in the secret store, under which name. */
export const lawSecret = { name: "GUEST_SECRET", value: "sandglass-value-of-a-secret-9d41" } as const;

/** The name of a secret whose value is an empty text. */
export const emptySecret = "EMPTY_SECRET";

/** What is written to one file: before the checkpoint, then by the sandbox itself, and by its fork. */
export const forkTexts = { before: "before", later: "later", fork: "of the fork" } as const;

/**
 * A checkpoint of a sandbox that laws share, what that writes later, and a fork that has a secret store: what each can see of the
 * others.
 */
export const fork = defineScenario({
  name: "fork",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    return withSecret(run, async (store) => {
      const more = store === undefined ? {} : { secretStore: store.name };
      return forkIt(run, await run.sharedSandbox(), more);
    });
  },
});

/** A store with a secret, and all that is told of it; undefined where the target keeps none. */
export const secretStore = defineScenario({
  name: "secret-store",
  creates: 0,
  keeps: "play",
  play: (run) => withSecret(run, (store) => Promise.resolve(store)),
});

type Kept = Awaited<ReturnType<typeof keepSecret>>;

/** Keeps a secret for as long as something is done. */
async function withSecret<Done>(run: LawRun, act: (store: Kept) => Promise<Done>): Promise<Done> {
  const store = await keepSecret(run);
  try {
    return await act(store);
  } finally {
    if (store !== undefined) await run.send({ operation: "deleteSecretStore", path: { storeId: store.storeId } });
  }
}

async function keepSecret(run: LawRun) {
  const name = nameNow(run);
  const created = await run.send({ operation: "createSecretStore", json: { name } });
  const { id } = membersOf(created);
  if (!isSuccess(created) || typeof id !== "string") return undefined;
  const path = { storeId: id };
  const secret = { ...path, secretName: lawSecret.name };
  const set = await run.send({ operation: "setSecret", path: secret, json: { value: lawSecret.value } });
  const emptied = { ...path, secretName: emptySecret };
  const setEmpty = await run.send({ operation: "setSecret", path: emptied, json: { value: "" } });
  const read = (operation: string) => run.send({ operation, path });
  const listed = await read("listSecrets");
  const told = [set, await read("getSecretStore"), listed, await run.send({ operation: "listSecretStores" })];
  const foreign: Exchange[] = [];
  if (run.has("second-key")) {
    for (const operation of ["getSecretStore", "listSecrets", "deleteSecretStore"]) {
      foreign.push(await run.send({ operation, path, credentials: "other" }));
    }
  }
  return { storeId: id, name, set, setEmpty, listed, told, foreign };
}

async function forkIt(run: LawRun, id: string, more: { readonly secretStore?: string }) {
  needsSuccess(await writeIn(run, id, path, forkTexts.before));
  const from = { checkpointId: await makeCheckpoint(run, id) };
  try {
    needsSuccess(await writeIn(run, id, path, forkTexts.later));
    const marked = await markParent(run, id);
    const created = await run.send({ operation: "forkCheckpoint", path: from, json: { timeout, ...more } });
    const { sandboxID: forkId } = membersOf(created);
    const isMade = isSuccess(created) && typeof forkId === "string";
    const readings = isMade ? { ...(await readOwn(run, forkId)), ...(await readBoth(run, id, forkId)) } : undefined;
    const restored = await run.send({ operation: "restoreCheckpoint", path: { id, ...from } });
    const kept = { restored, read: await readIn(run, id, path) };
    const foreign = run.has("second-key")
      ? await run.send({ operation: "forkCheckpoint", path: from, json: { timeout }, credentials: "other" })
      : undefined;
    return { created, marked, readings, kept, foreign };
  } finally {
    await act(run, "replaceSandboxTags", id, { json: {} });
    await run.send({ operation: "deleteCheckpoint", path: { id, ...from } });
  }
}

/** Gives the sandbox what a fork does not get: tags, and a gate. No law asks for a preview of a sandbox that laws share. */
async function markParent(run: LawRun, id: string) {
  return {
    tagged: await act(run, "replaceSandboxTags", id, { json: { of: "parent" } }),
    guarded: await act(run, "rotatePreviewToken", id),
  };
}

/** The tags of the fork, and what its preview answers to a request without a token. */
async function readOwn(run: LawRun, forkId: string) {
  return {
    tags: await act(run, "getSandboxTags", forkId),
    withoutToken: await createPreviewClient(run, forkId).send({}),
  };
}

/** The file as the fork has it, and as its parent has it once the fork has written it; and a secret, as the fork prints it. */
async function readBoth(run: LawRun, id: string, forkId: string) {
  const inFork = await readIn(run, forkId, path);
  needsSuccess(await writeIn(run, forkId, path, forkTexts.fork));
  const inParent = await readIn(run, id, path);
  return { inFork, inParent, guest: await runIn(run, forkId, `echo "$${lawSecret.name}"`) };
}
