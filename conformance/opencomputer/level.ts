import type { Evidence } from "../../src/contract/operation.ts";
import { evidences } from "../../src/contract/operation.ts";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import type { Requirement } from "../kit/law/law.ts";
import { atPointer, resolveSchema } from "../kit/law/schema.ts";

const levels: Readonly<Record<Evidence, Requirement>> = { seed: "MUST", docs: "SHOULD", observed: "MAY" };

/**
 * How binding a law is that rests on this place of the document, by the source that the document names for it. A law that
 * guards another tenant's data, a secret or money says MUST by itself.
 */
export function levelAt(pointer: string): Requirement {
  const { "x-evidence": evidence } = resolveSchema(document, atPointer(document, pointer));
  const known = evidences.find((candidate) => candidate === evidence);
  if (known === undefined) throw new RangeError(`${pointer} does not say where it comes from`);
  return levels[known];
}
