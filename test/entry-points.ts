import { readFileSync } from "node:fs";

/**
 * The published entry points and the sources that they are built from: `sandglass/mock` is `mocks/index.ts`. Read from
 * `exports` of package.json, whose files are those of `dist/`.
 */
export function readEntryPoints(): Record<string, string> {
  const { name, exports = {} } = JSON.parse(readFileSync("package.json", "utf8")) as {
    name: string;
    exports?: Record<string, string | { default: string }>;
  };
  return Object.fromEntries(
    Object.entries(exports).flatMap(([path, target]) => {
      const built = typeof target === "string" ? target : target.default;
      if (!built.startsWith("./dist/")) return [];
      return [[name + path.slice(1), built.replace("./dist/", "").replace(/\.js$/, ".ts")]];
    }),
  );
}
