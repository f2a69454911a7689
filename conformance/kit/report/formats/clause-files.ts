import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunContract } from "../../law/contract.ts";
import { createClauseLocator } from "./clause-location.ts";
import type { ClauseDocument, ClauseLocation, ClauseLocator } from "./clause-location.ts";

/** The documents of a contract in its folder below specs/, in the order in which they are applied. */
const fileNames = ["openapi.yaml", "overlay.yaml", "companion.yaml"] as const;

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
      locate = (clause) => find(clause) ?? topOf(documents[0]);
      locators.set(name, locate);
    }
    return locate(source);
  };
}

function topOf(document: ClauseDocument | undefined): ClauseLocation | undefined {
  return document === undefined ? undefined : { file: document.file, line: 1, column: 1, endColumn: 2 };
}

function readDocuments(name: string): readonly ClauseDocument[] {
  // specs/ is beside conformance/ in the repository, and beside dist/ in the package.
  const here = import.meta.dirname;
  const root = join(here, here.includes("/dist/") ? "../../../../.." : "../../../..");
  return fileNames.flatMap((fileName) => {
    const file = `specs/${name}/${fileName}`;
    return existsSync(join(root, file)) ? [{ file, text: readFileSync(join(root, file), "utf8") }] : [];
  });
}
