import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { levelAt } from "../level.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answered, entriesOf } from "../readings.ts";
import { insidePointer, nameNow, readIn, writeIn } from "./inside.ts";
import { sharedLaw } from "./shared-law.ts";

const listed = insidePointer("listFiles", "responses", "200");
const content = "six by";
const name = "a.txt";
/** Names that are one where a server decodes them once more, folds them or cuts them short. */
const likeNames = ["a b", "a%20b", "a%2520b", "a+b", "a%2Bb", "A b", "a b ", "\u00e9", "e\u0301"];
/** What is removed, and what stands beside it under names that begin alike. */
const removed = { file: "note", folder: "note.d", inFolder: "note.d/in.txt" };
const beside = ["note.txt", "note2", "not", "note.d2/in.txt", "note.dir"];

/** What a folder holds, and what is gone from it. */
export const folderLaws: readonly Law[] = [
  sharedLaw({
    ...folderLaw("makeDirectory"),
    id: "opencomputer/make-directory/listed",
    statement: "list a folder that was made, as a folder",
    check: async (run, id) => {
      const { folder, list } = await makeFolder(run, id);
      const inner = `${folder}/inner`;
      needsSuccess(await list("makeDirectory", inner));
      return judgeEntry(await list("listFiles", folder), { name: "inner", isDir: true, path: inner });
    },
  }),
  sharedLaw({
    ...folderLaw("listFiles"),
    id: "opencomputer/list-files/as-written",
    statement: "list a file with its name, its path and its size",
    check: async (run, id) => {
      const { folder, list } = await makeFolder(run, id);
      const path = `${folder}/${name}`;
      needsSuccess(await writeIn(run, id, path, content));
      return judgeEntry(await list("listFiles", folder), { name, isDir: false, path, size: content.length });
    },
  }),
  sharedLaw({
    ...folderLaw("deleteFile"),
    id: "opencomputer/delete-file/gone",
    statement: "give and list no file that was deleted",
    check: async (run, id) => {
      const { folder, list } = await makeFolder(run, id);
      const path = `${folder}/${name}`;
      needsSuccess(await writeIn(run, id, path, content));
      needsSuccess(await list("deleteFile", path));
      const entries = await list("listFiles", folder);
      if (entriesOf(entries).some((entry) => entry["name"] === name))
        return { reason: `${path} was deleted, and is listed`, exchange: entries };
      const exchange = await readIn(run, id, path);
      return isSuccess(exchange) ? { reason: `${path} was deleted, and is given`, exchange } : undefined;
    },
  }),
  sharedLaw({
    ...folderLaw("deleteFile"),
    id: "opencomputer/delete-file/no-other",
    statement: "remove a file or a folder with all in it, and leave what has a name that begins alike",
    check: async (run, id) => {
      const { folder, list } = await makeFolder(run, id);
      for (const each of [removed.file, removed.inFolder, ...beside]) await write(run, id, `${folder}/${each}`, each);
      needsSuccess(await list("deleteFile", `${folder}/${removed.file}`));
      needsSuccess(await list("deleteFile", `${folder}/${removed.folder}`));
      for (const each of beside) {
        const exchange = await readIn(run, id, `${folder}/${each}`);
        const wrong = describeOther(exchange, each);
        if (wrong !== undefined)
          return { reason: `"note" and "note.d" were deleted, and "${each}" ${wrong}`, exchange };
      }
      const exchange = await readIn(run, id, `${folder}/${removed.inFolder}`);
      return isSuccess(exchange) ? { reason: "a folder was deleted, and a file in it is given", exchange } : undefined;
    },
  }),
  sharedLaw({
    requirement: levelAt(insidePointer("readFile", "responses", "200")),
    id: "opencomputer/write-file/names-apart",
    statement: "keep files apart by their names as they were sent, letter by letter",
    source: insidePointer("writeFile"),
    operations: ["writeFile", "readFile"],
    check: async (run, id) => {
      const { folder } = await makeFolder(run, id);
      for (const each of likeNames) await write(run, id, `${folder}/${each}`, each);
      for (const each of likeNames) {
        const exchange = await readIn(run, id, `${folder}/${each}`);
        const wrong = describeOther(exchange, each);
        if (wrong !== undefined) return { reason: `the file ${JSON.stringify(each)} ${wrong}`, exchange };
      }
      return undefined;
    },
  }),
];

async function write(run: LawRun, id: string, path: string, text: string): Promise<void> {
  needsSuccess(await writeIn(run, id, path, text));
}

/** What a file is other than it was written; undefined where it is as it was. */
function describeOther(exchange: Exchange, text: string): string | undefined {
  if (!isSuccess(exchange)) return `is not there: ${answered(exchange)}`;
  const { body } = exchange.response;
  return body === text ? undefined : `holds ${JSON.stringify(body.slice(0, 100))}`;
}

function folderLaw(operation: "makeDirectory" | "listFiles" | "deleteFile") {
  return {
    requirement: levelAt(listed),
    source: insidePointer(operation),
    operations: [operation, ...["listFiles", "makeDirectory"].filter((each) => each !== operation)],
  } as const;
}

/** A folder of the law's own in a sandbox that laws share, and what asks about a path. */
async function makeFolder(run: LawRun, id: string) {
  const folder = `/tmp/${nameNow(run)}`;
  const list = (operation: string, path: string) => run.send({ operation, path: { id }, query: { path } });
  needsSuccess(await list("makeDirectory", folder));
  return { folder, list };
}

type Entry = { readonly name: string; readonly isDir: boolean; readonly path: string; readonly size?: number };

function judgeEntry(exchange: Exchange, expected: Entry) {
  needsSuccess(exchange);
  const entry = entriesOf(exchange).find((each) => each["name"] === expected.name);
  const wrong = Object.entries(expected).find(
    ([member, value]) => entry?.[member] !== value && !(member === "size" && entry?.[member] === undefined),
  );
  if (wrong === undefined) return undefined;
  const seen = entry === undefined ? "does not list it" : `says ${JSON.stringify(entry)}`;
  return { reason: `the folder has ${JSON.stringify(expected)}, and the answer ${seen}`, exchange };
}
