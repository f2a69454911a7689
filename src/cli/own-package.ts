import { readFileSync } from "node:fs";

/** What the command reads of its own package.json. */
type OwnPackage = {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** The versions that the tests ran with. */
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** Reads package.json, which is beside src/ in the repository, whose files end in .ts, and beside dist/ in the package. */
export function readOwnPackage(): OwnPackage {
  const path = import.meta.filename.endsWith(".ts") ? "../../package.json" : "../../../package.json";
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as OwnPackage;
}
