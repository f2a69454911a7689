import { fetchOf } from "../target/fetch-of.ts";
import { answerText, isEnvironmental } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Law } from "../law/law.ts";
import { isMissingOperation } from "./missing-operation.ts";
import type { UnmetPrecondition } from "./unmet-precondition.ts";
import { findOperation } from "../law/contract.ts";
import { deriveHex } from "../input/seed.ts";
import type { SessionParts } from "./session-parts.ts";
import { TransientFailure } from "../law/unjudged.ts";

/**
 * Finds an operation of a law that the target does not have, asking once for each: on an id that was never handed out, or
 * for nothing but reading. An operation of a seed is never looked at, nor one that has answered before.
 */
export async function findMissingCompanion(law: Law, parts: SessionParts): Promise<UnmetPrecondition | undefined> {
  const { operations } = law;
  const answers = await parts.lanes.beside(operations.map((operation) => () => probe(operation, parts)));
  const at = answers.findIndex((answer) => answer !== undefined);
  if (at === -1) return undefined;
  const reason = `the target does not have ${operations[at]}: ${answerText(answers[at]!)}`;
  return { cause: "operation-missing", reason };
}

async function probe(operation: string, parts: SessionParts): Promise<Exchange | undefined> {
  const { contract, transport, companions } = parts;
  if (!contract.companions.includes(operation) || transport.answered.has(operation)) return undefined;
  if (companions.probed.has(operation)) return companions.probed.get(operation);
  if (!isHarmless(operation, parts)) return undefined;
  const exchange = await ask(operation, parts);
  if (exchange === undefined || isEnvironmental(exchange)) return undefined; // not now: ask again with the next law
  const missing = await isMissing(exchange, parts);
  companions.probed.set(operation, missing ? exchange : undefined);
  return missing ? exchange : undefined;
}

function isHarmless(operation: string, { contract }: SessionParts): boolean {
  const { method, path } = findOperation(contract, operation);
  return method === "get" || path.includes("{id}");
}

async function ask(operation: string, { contract, transport, absentIds, seed }: SessionParts) {
  const { method, path } = findOperation(contract, operation);
  const others = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => [name!, "3000"] as const); // a port, or the name of nothing
  const id = contract.absentId(deriveHex(seed, operation, 16));
  absentIds.add(id);
  const body = method === "get" || method === "delete" ? {} : { json: {} };
  try {
    return await transport.send(
      { operation, path: { ...Object.fromEntries(others), id }, ...body },
      { purpose: "probe" },
    );
  } catch (error) {
    if (error instanceof TransientFailure) return undefined;
    throw error;
  }
}

/** A 404 has a body of its own where it differs from what the target says of unknown paths. */
async function isMissing(exchange: Exchange, parts: SessionParts): Promise<boolean> {
  if (!isMissingOperation(parts.contract, exchange, parts.transport.answered)) return false;
  if (exchange.response.status !== 404) return true;
  const usual = await (parts.companions.notFound ??= readNotFound(parts));
  return usual === undefined || usual === withoutPath(exchange.response.body, exchange.request.url);
}

async function readNotFound({ contract, target, seed }: SessionParts): Promise<string | undefined> {
  const root = findOperation(contract, contract.probeOperation).path.replace(/\/[^/]*$/, "");
  const url = `${target.baseUrl.replace(/\/+$/, "")}${root}/no-such-path-${deriveHex(seed, "no such path", 8)}`;
  try {
    const response = await fetchOf(target)(new Request(url, { signal: AbortSignal.timeout(5_000) }));
    return response.status === 404 ? withoutPath(await response.text(), url) : undefined;
  } catch {
    return undefined;
  }
}

/** Many servers repeat the path in such a body, and the method. */
function withoutPath(body: string, url: string): string {
  return body.replaceAll(new URL(url).pathname, "").replaceAll(/\b(GET|POST|PUT|PATCH|DELETE)\b/g, "");
}
