import { serveAround } from "./fake-around.fixture.ts";
import { serveCheckpoints } from "./fake-checkpoints.fixture.ts";
import type { Answer, FakeWorld, Seen } from "./fake-server.fixture.ts";
import { refusal } from "./fake-server.fixture.ts";
import { type InsideOperation, insideOperations } from "./laws/inside.ts";

export function isInside(operation: string): operation is InsideOperation {
  return (insideOperations as readonly string[]).includes(operation);
}

/** What the honest server does inside a sandbox: as much of a shell as the laws need, and files. */
export function serveInside(seen: Seen, world: FakeWorld): Answer {
  const { id, key, operation, body, text, url } = seen;
  const box = world.boxes.get(id);
  const around = serveAround(seen, world);
  if (around !== undefined) return around;
  if (operation.endsWith("Checkpoint") || operation.endsWith("Checkpoints")) return serveCheckpoints(seen, world);
  if (box === undefined || box.key !== key) return refusal(404, "sandbox not found");
  if (world.stateOf(box) === "stopped") return refusal(410, `sandbox ${id} has been stopped`);
  box.phase = "running";
  box.activeAtMs = world.clock.now();
  if (operation === "runCommand") return { status: 200, json: interpret((body as { cmd: string }).cmd) };
  const file = `file ${id} ${url.searchParams.get("path")}`;
  if (operation === "writeFile") {
    world.notes.set(file, text);
    return { status: 204 };
  }
  const content = world.notes.get(file) as string | undefined;
  return content === undefined ? refusal(500, "no such file") : { status: 200, json: content };
}

function interpret(line: string) {
  const printed = (pattern: RegExp) => [...line.matchAll(pattern)].map(([, word]) => word).join("");
  const stderr = printed(/printf (\w+) >&2/g);
  return { exitCode: Number(/exit (\d+)/.exec(line)?.[1] ?? 0), stdout: printed(/printf (\w+)(?=;|$)/g), stderr };
}
