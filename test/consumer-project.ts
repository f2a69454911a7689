import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { readEntryPoints } from "./entry-points.ts";

/** A folder outside of the repository in which `sandglass` is installed, unbuilt. */
export type ConsumerProject = {
  readonly folder: string;
  readonly write: (name: string, text: string) => string;
  /** What the type checker says of some of its files, as lines. */
  readonly checkTypes: (files: readonly string[]) => string[];
  readonly remove: () => void;
};

/**
 * Creates a project for code that is written for users. Links stand in for an installation: Node and TypeScript follow
 * them to the sources, so what runs is what is in the repository now.
 *
 * @param packages - what is installed beside, by name; vitest in any case
 */
export function createConsumerProject(packages: readonly string[] = []): ConsumerProject {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-readme-"));
  const packageFolder = join(folder, "package");
  mkdirSync(join(folder, "node_modules"));
  mkdirSync(packageFolder);
  for (const name of ["src", "mocks", "conformance"]) symlinkSync(resolve(name), join(packageFolder, name));
  const exports = Object.fromEntries(
    Object.entries(readEntryPoints()).map(([name, source]) => [name.replace("sandglass", "."), `./${source}`]),
  );
  writeFileSync(join(packageFolder, "package.json"), JSON.stringify({ name: "sandglass", type: "module", exports }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  symlinkSync(packageFolder, join(folder, "node_modules/sandglass"));
  for (const name of ["vitest", ...packages]) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
  }
  return {
    folder,
    write: (name, text) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    checkTypes,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function checkTypes(files: readonly string[]): string[] {
  const { compilerOptions } = JSON.parse(readFileSync("tsconfig.json", "utf8")) as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson({ ...compilerOptions, noEmit: true }, process.cwd());
  const program = ts.createProgram(files, { ...options, typeRoots: [resolve("node_modules/@types")] });
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)];
    return diagnostics.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  });
}
