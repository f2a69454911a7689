import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parse } from "yaml";
import { createClauseLocator } from "../../conformance/command.ts";
import type { ClauseLocator, JudgedContract } from "../../conformance/command.ts";

/** The repository in which the command runs, and what it says of itself. */
export type Repository = {
  /** Its folder: a code host looks places up from there. */
  readonly root: string;
  /** `GITHUB_WORKFLOW_REF`: "octo/app/.github/workflows/night.yml@refs/heads/main". */
  readonly workflow?: string | undefined;
  /** What is given to `--config`, by its path from the working directory. */
  readonly config?: string | undefined;
};

type Place = NonNullable<ReturnType<ClauseLocator>>;

/** What `sandglass init` writes for `--config`. */
const usualConfig = "sandglass.conform.json";

/** What a repository that judges a deployment may have besides, the file that says most about it first. */
const ownFiles = ["conformance.gitlab-ci.yml", ".gitlab-ci.yml", "package.json", "README.md"];

/**
 * Places of clauses that a repository has: in its own copy of the contract's document, where it has one (`document` in the
 * configuration, or a file of a usual name that has the contract's paths), and else the line that names the contract in the
 * configuration, in the workflow, or in another file that says what is judged.
 */
export function placesInRepository(
  locate: ClauseLocator,
  contracts: Readonly<Record<string, Pick<JudgedContract, "document">>>,
  { root, workflow = "", config = usualConfig }: Repository,
): ClauseLocator {
  const read = (file: string) => {
    try {
      return readFileSync(join(root, file), "utf8");
    } catch {
      return undefined;
    }
  };
  const run = /^[^/]+\/[^/]+\/([^@]+)@/.exec(workflow)?.[1];
  const configFile = fromRoot(root, config);
  const naming = [configFile, run, ...ownFiles].flatMap((file) => {
    const text = file === undefined ? undefined : read(file);
    return file === undefined || text === undefined ? [] : [{ file, text }];
  });
  const copyOf = (contract: string): ((source: string) => Place | undefined) => {
    const document = contracts[contract]?.document;
    if (document === undefined) return () => undefined;
    const said = documentIn(naming.find(({ file }) => file === configFile)?.text, contract);
    const files =
      said === undefined ? usualCopies(root, contract) : [fromRoot(root, join(dirname(config), said)) ?? ""];
    const copy = files
      .map((file) => ({ file, text: read(file) ?? "" }))
      .find(({ text }) => said !== undefined || isCopy(text, document));
    return copy === undefined ? () => undefined : createClauseLocator(document, [copy]);
  };
  const copies = new Map<string, ReturnType<typeof copyOf>>();
  const inCopy = (contract: string, source: string) => {
    const find = copies.get(contract) ?? copyOf(contract);
    copies.set(contract, find);
    return find(source);
  };
  // Without a check-out there is no file to read, and the workflow is in the repository all the same.
  const top = naming[0]?.file ?? run;
  return (contract, source) => {
    const place = locate(contract, source);
    if (place === undefined || isThere(place, read(place.file))) return place;
    const named = naming.flatMap(({ file, text }) => lineNaming(contract, file, text) ?? [])[0];
    return inCopy(contract, source) ?? named ?? (top === undefined ? undefined : topOf(top));
  };
}

/** The path of a file from the root, as code hosts write it; none where it is outside. */
function fromRoot(root: string, file: string): string | undefined {
  const path = relative(root, resolve(file)).replaceAll(sep, "/");
  return path.startsWith("../") || resolve(path) === path ? undefined : path;
}

/** Whether the file in which a clause was found is the repository's own, and not another one of its name. */
function isThere({ line, excerpt }: Place, text: string | undefined): boolean {
  const [clause] = excerpt?.split("\n") ?? [];
  return text !== undefined && (clause === undefined || text.split("\n")[line - 1]?.trim() === clause.trim());
}

function documentIn(config: string | undefined, contract: string): string | undefined {
  if (config === undefined) return undefined;
  try {
    const value = JSON.parse(config) as Readonly<Record<string, { readonly document?: string } | undefined>>;
    return value[contract]?.document;
  } catch {
    return undefined; // a run without --config does not read it, and so has not refused it
  }
}

/** Files that may well be a copy of a contract's document; a repository is not searched through for one. */
function usualCopies(root: string, contract: string): readonly string[] {
  const folders = `{,docs/,doc/,api/,spec/,specs/,specs/${contract}/,openapi/}`;
  const names = `{openapi,${contract},${contract}.openapi,${contract}-openapi}.{yaml,yml,json}`;
  return globSync(`${folders}${names}`, { cwd: root })
    .map((file) => file.replaceAll(sep, "/"))
    .sort();
}

/** A copy has most of the contract's paths: an older one, or the vendor's with more of them, is one as well. */
function isCopy(text: string, { paths }: JudgedContract["document"]): boolean {
  try {
    const known = (parse(text, { merge: true }) as { readonly paths?: object } | undefined)?.paths ?? {};
    const own = Object.keys(paths ?? {});
    return 2 * own.filter((path) => Object.hasOwn(known, path)).length > own.length;
  } catch {
    return false;
  }
}

/** The first line of a file that names a contract and is no comment. */
function lineNaming(contract: string, file: string, text: string): Place | undefined {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => !/^\s*(?:#|\/\/)/.test(line) && new RegExp(`\\b${contract}\\b`).test(line));
  if (at === -1) return undefined;
  const column = lines[at]!.search(new RegExp(`\\b${contract}\\b`)) + 1;
  return { file, line: at + 1, column, endColumn: column + contract.length };
}

function topOf(file: string): Place {
  return { file, line: 1, column: 1, endColumn: 2 };
}
