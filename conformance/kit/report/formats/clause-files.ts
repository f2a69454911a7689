import { existsSync, globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { RunContract } from "../../law/contract.ts";
import { atPointer } from "../../law/schema.ts";
import { createClauseLocator } from "./clause-location.ts";
import type { ClauseDocument, ClauseLocation, ClauseLocator } from "./clause-location.ts";

/** In a contract's folder below specs/: the document that its overlays, the other files, are applied to. */
const base = "openapi.yaml";

/**
 * Reads the documents of contracts, each when it is first asked for; a contract without any has no locations. A clause that
 * none of them holds is told at the top of the first: code scanning takes no finding without a place.
 */
export function createClauseFiles(contracts: Readonly<Record<string, RunContract>>): ClauseLocator {
  const locators = new Map<string, (source: string) => ClauseLocation | undefined>();
  return (name, source) => {
    const contract = contracts[name];
    if (contract === undefined) return undefined;
    let locate = locators.get(name);
    if (locate === undefined) {
      const documents = readDocuments(name);
      const find = createClauseLocator(contract.document, documents);
      locate = (clause) => {
        const found = find(clause);
        const text = documents.find(({ file }) => file === found?.file)?.text;
        if (found === undefined || text === undefined) return found ?? topOf(documents[0]);
        return { ...found, excerpt: excerptAt(text, found.line) };
      };
      locators.set(name, locate);
    }
    return locate(source);
  };
}

/** So many lines of a clause are shown: a whole operation would fill a page. */
const excerptLinesMax = 12;

/** A line and those that belong to it, which are further in, without the indentation that they share. */
function excerptAt(text: string, line: number): string {
  const [first = "", ...after] = text.split("\n").slice(line - 1);
  const depth = first.search(/\S/);
  const end = after.findIndex((one) => one.trim() !== "" && one.search(/\S/) <= depth);
  const own = [first, ...after.slice(0, end === -1 ? undefined : end)];
  const shown = own.slice(0, excerptLinesMax).map((one) => one.slice(Math.max(0, depth)).trimEnd());
  return [...shown, ...(own.length > excerptLinesMax ? ["…"] : [])].join("\n");
}

function topOf(document: ClauseDocument | undefined): ClauseLocation | undefined {
  return document === undefined ? undefined : { file: document.file, line: 1, column: 1, endColumn: 2 };
}

function readDocuments(name: string): readonly ClauseDocument[] {
  // specs/ is beside conformance/ in the repository, and beside dist/ in the package.
  const here = import.meta.dirname;
  const root = join(here, here.includes("/dist/") ? "../../../../.." : "../../../..");
  const overlays = globSync(`specs/${name}/*.yaml`, { cwd: root, exclude: [`**/${base}`, "**/profiles.yaml"] }).sort();
  return [`specs/${name}/${base}`, ...overlays]
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ({ file: file.replaceAll(sep, "/"), text: readFileSync(join(root, file), "utf8") }));
}

/** Lines of a clause that are shown: a whole operation would fill a page. */
const linesMax = 16;

/** What a contract's document says at a law's source, in lines of JSON; none where the source is no place in it. */
export function clauseOf({ document }: RunContract, source: string): readonly string[] {
  const clause = source.startsWith("#") ? atPointer(document, decodeURIComponent(source.slice(1))) : undefined;
  if (clause === undefined) return [];
  const lines = JSON.stringify(clause, null, 2).split("\n");
  return lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), "…"];
}
