import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/**
 * Writes files into a folder of their own, which goes when the tests of the file are over. Code in it can import our dependencies.
 *
 * @param files - text by path in the folder
 */
export async function writeDocuments(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sandglass-generate-"));
  folders.push(folder);
  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** A valid document with one operation, `GET /things`, and whatever components (YAML, from column 0) are given. */
export function documentFixture({ version = "3.1.0", schema = "type: string", components = "" } = {}): string {
  return `openapi: ${version}
info: { title: Things, version: "1" }
paths:
  /things:
    get:
      responses:
        "200":
          description: Here they are
          content:
            application/json:
              schema:
${indented(schema, 16)}
${components === "" ? "" : `components:\n${indented(components, 2)}\n`}`;
}

function indented(text: string, spaces: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));
}
