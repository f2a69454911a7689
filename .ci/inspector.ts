// Bundles the inspector's page into one TypeScript file, which the mock serves as it is: no file is looked for at run time,
// and nothing is loaded from elsewhere. With --check it only compares.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "rolldown";

const out = "generated/inspector/page.ts";
const check = process.argv.includes("--check") || !["", "0", "false", undefined].includes(process.env["CI"]);

async function bundle(input: string): Promise<string> {
  const { output } = await build({
    input,
    write: false,
    platform: "browser",
    tsconfig: "src/inspector/tsconfig.json",
    transform: { target: "es2024" },
    output: { format: "iife", minify: true, comments: false },
  });
  return output[0].code.trim();
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = (await bundle("src/inspector/main.tsx")).replaceAll("</script", "<\\/script");
const style = readFileSync("src/inspector/style.css", "utf8").replaceAll(/\s*\n\s*/g, "");
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandglass inspector</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This page needs JavaScript. The control API at /__sandglass/worlds tells the same.</noscript>
<script>${script}</script>
</body>
</html>
`;
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const text = `// Written by .ci/inspector.ts from src/inspector/. Do not edit.

/** The inspector's page. */
export const inspectorPage: string = ${JSON.stringify(page)};

/** What the page may do: its own script and style, and calls to the server that it comes from. */
export const inspectorPolicy: string = ${JSON.stringify(policy)};
`;

if (!check) {
  mkdirSync("generated/inspector", { recursive: true });
  writeFileSync(out, text);
  console.log(`${out}: ${(page.length / 1024).toFixed(0)} KiB`);
} else if (readFileSync(out, "utf8") !== text) {
  console.error(`${out} is outdated: run npm run generate`);
  process.exitCode = 1;
}
