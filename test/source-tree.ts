import { globSync, readFileSync } from "node:fs";
import { sep } from "node:path";

const ours = ["src", "mocks", "conformance", "test", "bench"];

/** All TypeScript files that are written by hand, by their paths from the root, with slashes, sorted. */
export function listSources(folders: readonly string[] = ours): string[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { exclude: ["**/node_modules/**"] }))
    .map((file) => file.replaceAll(sep, "/"))
    .sort();
}

/** Whether a file is published, and neither a test of what is nor a fixture. The inspector is published as a page in `generated/`. */
export function isShipped(file: string): boolean {
  return /^(src(?!\/inspector)|mocks|conformance)\//.test(file) && !/\.(test|test-d|fixture)\.ts$/.test(file);
}

export function readSource(file: string): string {
  return readFileSync(file, "utf8");
}
