import type { Answer, FakeWorld, Seen } from "./fake-server.fixture.ts";
import { create, refusal } from "./fake-server.fixture.ts";

/** What the honest server does with checkpoints: the files that it notes down, under another name. */
export function serveCheckpoints(seen: Seen, world: FakeWorld): Answer {
  const { id, key, operation, port: checkpoint } = seen;
  if (operation === "forkCheckpoint") return fork(seen, world);
  const box = world.boxes.get(id);
  if (box === undefined || box.key !== key) return refusal(404, "sandbox not found");
  const copy = (from: string, to: string) => copyNotes(world, from, to);
  const kept = `${id}-kept`;
  switch (operation) {
    case "createCheckpoint":
      world.notes.set(`checkpoint ${id}`, kept);
      copy(id, kept);
      return { status: 201, json: view(id, kept) };
    case "listCheckpoints":
      return { status: 200, json: world.notes.has(`checkpoint ${id}`) ? [view(id, kept)] : [] };
    case "restoreCheckpoint":
      if (checkpoint !== kept) return refusal(404, "checkpoint not found");
      copy(kept, id);
      return { status: 200, json: { sandboxId: id, checkpointId: kept, status: "restoring" } };
    default:
      return { status: 204 };
  }
}

function fork(seen: Seen, world: FakeWorld): Answer {
  const checkpoint = seen.url.pathname.split("/").at(-1)!;
  const parent = world.boxes.get(checkpoint.replace(/-kept$/, ""));
  if (parent?.key !== seen.key) return refusal(404, "checkpoint not found");
  const answer = create(seen, world);
  const { sandboxID } = answer.json as { readonly sandboxID?: string };
  if (sandboxID !== undefined) copyNotes(world, checkpoint, sandboxID);
  return answer;
}

/** Gives a sandbox the files that are noted under another name. */
export function copyNotes({ notes }: FakeWorld, from: string, to: string): void {
  const files = [...notes].filter(([name]) => name.startsWith(`file ${from} `));
  for (const [name, content] of files) notes.set(name.replace(from, to), content);
}

const view = (sandboxId: string, id: string) => ({
  ...{ id, sandboxId, name: "sandglass", status: "ready", sizeBytes: 0, createdAt: "2026-03-01T12:00:00Z" },
});
