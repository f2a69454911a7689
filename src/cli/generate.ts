import { Command } from "commander";
import type { GenerateFlags, Output } from "./generate-run.ts";

/**
 * The subcommand `generate`, which turns a user's own document into code. What does it is loaded when it runs, so that
 * other commands start without it.
 *
 * @param output - where its lines go; by default the terminal
 */
export function createGenerateCommand(output?: Output): Command {
  return new Command("generate")
    .description(
      "write types, zod schemas, ajv validators, a client and a table of operations from an OpenAPI document",
    )
    .requiredOption("--spec <file>", "OpenAPI 3.0 or 3.1 document, YAML or JSON; with --fetch its address")
    .requiredOption("--out <folder>", "where to write; made if it is missing")
    .option("--overlay <file...>", "OpenAPI Overlay 1.0 documents, applied in this order")
    .option("--strict", "refuse whatever breaks the specification, also where no type depends on it")
    .option("--fetch", "let --spec be an http or https address, and load it")
    .option("--allow-refs <folder...>", "let $refs lead into these folders too, besides the document's own")
    .option("--no-client", "write no client.ts")
    .option("--check", "only compare: exit 1 and name the files that would change")
    .action(async (flags: GenerateFlags) => {
      const { requirePeers } = await import("./optional-peers.ts");
      requirePeers("sandglass generate");
      const { assertReadable } = await import("./named-file.ts");
      const { isUrl } = await import("../generate/source-document.ts");
      if (!isUrl(flags.spec)) assertReadable("--spec", flags.spec);
      for (const overlay of flags.overlay ?? []) assertReadable("--overlay", overlay);
      const { generateFromFlags } = await import("./generate-run.ts");
      process.exitCode = await generateFromFlags(flags, output);
    });
}
