import { updateRecord } from "../table.ts";
import { type FileNodes, type FileSystemOwner, fileSystemTable, initialNodes } from "./file-system.ts";

/** Gives a sandbox the files of another, or of what keeps files as a sandbox does. Both share them until one is changed. */
export async function copyFiles(from: string, to: FileSystemOwner): Promise<FileNodes> {
  const { world, sandboxId, tenantId } = to;
  const table = world.table(fileSystemTable);
  const nodes = (await table.get(from))?.nodes ?? initialNodes;
  const createdAtMs = world.clock.now();
  const record = { id: sandboxId, tenantId, version: 1, createdAtMs, liveUntilMs: 0, nodes };
  if ((await table.insert(record)).kind === "id-taken") {
    await updateRecord(table, sandboxId, (current) => ({ ...current, version: current.version + 1, nodes }));
  }
  return nodes;
}
