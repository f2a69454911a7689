import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { makeCheckpoint, nameNow, readIn, runIn, writeIn } from "../laws/inside.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { membersOf } from "../readings.ts";

const timeout = 300;
const path = "/tmp/sandglass-fork.txt";

/** What is kept in the secret store, under which name. */
export const lawSecret = { name: "GUEST_SECRET", value: "sandglass-value-of-a-secret-9d41" } as const;

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
  const read = (operation: string) => run.send({ operation, path });
  const told = [
    set,
    await read("getSecretStore"),
    await read("listSecrets"),
    await run.send({ operation: "listSecretStores" }),
  ];
  const foreign: Exchange[] = [];
  if (run.has("second-key")) {
    for (const operation of ["getSecretStore", "listSecrets", "deleteSecretStore"]) {
      foreign.push(await run.send({ operation, path, credentials: "other" }));
    }
  }
  return { storeId: id, name, set, told, foreign };
}

async function forkIt(run: LawRun, id: string, more: { readonly secretStore?: string }) {
  needsSuccess(await writeIn(run, id, path, forkTexts.before));
  const from = { checkpointId: await makeCheckpoint(run, id) };
  try {
    needsSuccess(await writeIn(run, id, path, forkTexts.later));
    const created = await run.send({ operation: "forkCheckpoint", path: from, json: { timeout, ...more } });
    const { sandboxID: forkId } = membersOf(created);
    const isMade = isSuccess(created) && typeof forkId === "string";
    const readings = isMade ? await readBoth(run, id, forkId) : undefined;
    const foreign = run.has("second-key")
      ? await run.send({ operation: "forkCheckpoint", path: from, json: { timeout }, credentials: "other" })
      : undefined;
    return { created, readings, foreign };
  } finally {
    await run.send({ operation: "deleteCheckpoint", path: { id, ...from } });
  }
}

/** The file as the fork has it, and as its parent has it once the fork has written it; and a secret, as the fork prints it. */
async function readBoth(run: LawRun, id: string, forkId: string) {
  const inFork = await readIn(run, forkId, path);
  needsSuccess(await writeIn(run, forkId, path, forkTexts.fork));
  const inParent = await readIn(run, id, path);
  return { inFork, inParent, guest: await runIn(run, forkId, `echo "$${lawSecret.name}"`) };
}
