import { z } from "zod";
import { count, storedShape } from "../record-shape.ts";
import { type FileNode, type FileSystemRecord, fileSystemTable } from "./file-system.ts";

const node = z.object({
  kind: z.enum(["file", "folder", "link"]).describe("What it is."),
  mode: count.max(0o177777).describe("Its permissions."),
  modifiedAtMs: z.number().describe("When it was last written."),
  bytes: count.describe("How long it is."),
  pieces: z.array(z.string()).optional().describe("What a file holds, with one character for each byte."),
  target: z.string().optional().describe("Where a link leads."),
} satisfies Record<keyof FileNode, z.ZodType>);

const files = z.object({
  ...storedShape,
  nodes: z.record(z.string().regex(/^\//, "a path from the root is due, as the name"), node).describe("By path."),
} satisfies Record<keyof FileSystemRecord, z.ZodType>) as z.ZodType;

/** What a snapshot holds of the files of sandboxes. */
export const shellRecords = { [fileSystemTable.name]: files };
