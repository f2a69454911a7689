import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { ContractError } from "../contract/contract-error.ts";
import { strictProfile } from "../contract/difference.ts";
import { formatHeader } from "./header.ts";

const sentence = z.string().regex(/^\S.*[^\s.]$/, "a text without a full stop at its end");
const name = z.string().regex(/^[a-z][a-z0-9-]+$/, "lower-case letters, digits and hyphens");

const laws = z.array(z.string().regex(/^[a-z0-9*-]+\/[a-z0-9*-]+$/, "a law's id after the contract's name"));

const differenceSchema = z.strictObject({
  id: name,
  profiles: z.array(name).min(1),
  facts: z.array(z.string().regex(/^(D-\d+|F\d+|§\d+(\.\d+)*)$/, "a finding's number, such as D-79")).min(1),
  statement: sentence,
  evidence: sentence,
  laws,
  sometimes: laws.min(1).optional(),
  unjudged: laws.min(1).optional(),
  creates: z.int().min(1).optional(),
  notShown: sentence.optional(),
});

const tableSchema = z
  .strictObject({ profiles: z.record(name, sentence), differences: z.array(differenceSchema) })
  .check(({ value: { profiles, differences }, issues }) => {
    const fail = (message: string, ...path: PropertyKey[]) =>
      issues.push({ code: "custom", input: differences, message, path });
    const names = Object.keys(profiles);
    if (names.includes(strictProfile)) fail(`every contract has the profile "${strictProfile}" already`, "profiles");
    for (const [at, { id, profiles: own }] of differences.entries()) {
      const strange = own.find((profile) => !names.includes(profile));
      if (strange !== undefined) fail(`there is no profile "${strange}"`, "differences", at, "profiles");
      if (names.includes(id)) fail(`"${id}" is a profile's name`, "differences", at, "id");
      if (differences.findIndex((other) => other.id === id) !== at) {
        fail(`"${id}" is there twice`, "differences", at, "id");
      }
    }
  });

/**
 * Turns a contract's table of differences into the module that both sides import.
 *
 * @param source - the table's file, for its header and errors
 * @throws {@link ContractError} `CONFIG_INVALID` naming each member that is wrong
 */
export function emitProfiles(text: string, source: string): string {
  const parsed = tableSchema.safeParse(parseYaml(text, source));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join("/") || "(all)"}: ${message}`);
    throw new ContractError("CONFIG_INVALID", `${source} is no table of profiles:\n${faults.join("\n")}`);
  }
  const { profiles, differences } = parsed.data;
  return [
    formatHeader({ source, overlays: [] }),
    'import type { Difference } from "../../src/contract/difference.ts";\n',
    `export const profiles = ${JSON.stringify(profiles, null, 2)} as const;\n`,
    `export const differences = ${JSON.stringify(differences, null, 2)} as const satisfies readonly Difference[];\n`,
  ].join("\n");
}

function parseYaml(text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw new ContractError("CONFIG_INVALID", `${source} is no YAML: ${cause.message}`, { cause });
  }
}
