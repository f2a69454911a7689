import type { Answer, FakeWorld, Seen } from "./fake-server.fixture.ts";
import { refusal } from "./fake-server.fixture.ts";

/** What the honest server does with checkpoints: the files that it notes down, under another name. */
export function serveCheckpoints({ id, key, operation, port: checkpoint }: Seen, world: FakeWorld): Answer {
  const box = world.boxes.get(id);
  if (box === undefined || box.key !== key) return refusal(404, "sandbox not found");
  const files = (of: string) => [...world.notes].filter(([name]) => name.startsWith(`file ${of} `));
  const copy = (from: string, to: string) => {
    for (const [name, content] of files(from)) world.notes.set(name.replace(from, to), content);
  };
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

const view = (sandboxId: string, id: string) => ({
  ...{ id, sandboxId, name: "sandglass", status: "ready", sizeBytes: 0, createdAt: "2026-03-01T12:00:00Z" },
});
