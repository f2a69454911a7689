import { randomBytes } from "node:crypto";
import { type Answer, type Asked, Refusal } from "./http.ts";
import type { Files } from "./opencomputer-inside.ts";

type Checkpoint = {
  readonly shown: Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };
  readonly files: Files;
  readonly patches: (Readonly<Record<string, unknown>> & { readonly id: string })[];
};

/** The checkpoints of each sandbox, the newest first. */
export class Checkpoints {
  readonly of = new Map<string, Checkpoint[]>();

  act({ method, path, body }: Asked, id: string, isRunning: boolean, files: Files, createdAt: string): Answer {
    const all = this.of.get(id) ?? [];
    this.of.set(id, all);
    const [checkpointId, action] = path.slice(4);
    if (checkpointId === undefined && method === "GET") return { status: 200, body: all.map(({ shown }) => shown) };
    if (checkpointId === undefined) {
      if (!isRunning) throw new Refusal(400, { error: "sandbox must be running to create a checkpoint" });
      return this.create(all, { body, id, files, createdAt });
    }
    const found = all.find(({ shown }) => shown.id === checkpointId);
    if (found === undefined) throw new Refusal(404, { error: "checkpoint not found" });
    if (method === "DELETE" && action === undefined) {
      all.splice(all.indexOf(found), 1);
      return { status: 204 };
    }
    if (action !== "restore") throw new Refusal(404, { error: "not found" });
    if (!isRunning) throw new Refusal(400, { error: "sandbox must be running to restore a checkpoint" });
    files.clear();
    for (const [name, content] of found.files) files.set(name, content);
    return { status: 200, body: { sandboxId: id, checkpointId, status: "restoring" } };
  }

  /** The scripts that run when a sandbox is made of a checkpoint. */
  patch({ method, path, body }: Asked, of: Checkpoint, createdAt: string): Answer {
    const [, patchId] = path.slice(4);
    const { patches } = of;
    if (method === "GET") return { status: 200, body: patches };
    if (method === "DELETE") {
      const index = patches.findIndex(({ id }) => id === patchId);
      if (index < 0) throw new Refusal(404, { error: "patch not found" });
      patches.splice(index, 1);
      return { status: 204 };
    }
    const { script, description = "" } = JSON.parse(String(body)) as Readonly<Record<string, string>>;
    const id = `pt-${randomBytes(6).toString("hex")}`;
    const made = { id, checkpointId: of.shown.id, sequence: patches.length + 1, script, description };
    patches.push({ ...made, strategy: "on_wake", createdAt });
    return { status: 201, body: { patch: patches.at(-1) } };
  }

  create(
    all: Checkpoint[],
    { body, id, files, createdAt }: { body: Asked["body"]; id: string; files: Files; createdAt: string },
  ): Answer {
    const { name } = JSON.parse(String(body)) as { name?: unknown };
    if (typeof name !== "string" || name === "") throw new Refusal(400, { error: "name is required" });
    if (all.some(({ shown }) => shown.name === name)) {
      throw new Refusal(409, { error: "checkpoint name already exists for this sandbox" });
    }
    const shown = {
      id: `cp-${randomBytes(6).toString("hex")}`,
      sandboxId: id,
      name,
      kind: "full",
      status: "ready",
      sizeBytes: 0,
      createdAt,
    };
    all.unshift({ shown, files: new Map(files), patches: [] });
    return { status: 201, body: { ...shown, status: "processing" } };
  }
}
