import { dirname, join } from "node:path";
import { z } from "zod";
import { ContractError } from "../contract/contract-error.ts";
import { contractNames } from "./contract-names.ts";
import { assertReadable, readJson } from "./named-file.ts";

// Keys have no place here: such a file is checked in. Of `document` the path is from the file's own folder.
const target = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).optional(),
  ownAccount: z.boolean().optional(),
  memberAccount: z.string().min(1).optional(),
  foreignAccount: z.string().min(1).optional(),
  quota: z.int().min(1).optional(),
  concurrency: z.int().min(1).optional(),
  webhookUrl: z.url({ protocol: /^https?$/ }).optional(),
  webhookPort: z.int().min(1).max(65_535).optional(),
  harmlessCommands: z.array(z.string().min(1)).optional(),
  unsupported: z.array(z.string()).optional(),
  previewDomain: z.string().min(1).optional(),
  previewVia: z.url({ protocol: /^https?$/ }).optional(),
  document: z.string().min(1).optional(),
});

const schema = z.partialRecord(z.enum(contractNames), target);

/** What is known of deployments, by contract, for runs to come: `{"opencomputer": {"url": …, "quota": 5}}`. */
export type ConformConfig = z.infer<typeof schema>;

/**
 * Reads the file behind `--config`.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function readConformConfig(file: string): ConformConfig {
  const parsed = schema.safeParse(readJson("--config", file));
  if (parsed.success) {
    for (const { document } of Object.values(parsed.data)) {
      if (document !== undefined) assertReadable(`${file}: the document`, join(dirname(file), document));
    }
    return parsed.data;
  }
  const { path, message } = parsed.error.issues[0]!;
  const hint = "keys come from --key and the environment";
  throw new ContractError("CONFIG_INVALID", `${file}: ${["", ...path].join("/")}: ${message} (${hint})`);
}
