// Builds what is published: dist/. The compiler leaves out what it did not make itself, so that is copied.
import { spawnSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status !== 0) process.exit(1); // the compiler has said why
const asTheyAre = [
  "generated/*/*.js",
  "generated/*/*.d.ts",
  "generated/*/*.json",
  "{mocks,conformance,src}/**/*.{json,yaml,html}",
];
for (const file of globSync(asTheyAre)) cpSync(file, join("dist", file));
