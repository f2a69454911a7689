import { formatCurl } from "./curl.ts";
import type { Law } from "../../law/law.ts";
import type { ReportedExchange } from "../model/reported-exchange.ts";

/**
 * A counterexample as a script for a shell: three lines that say what it shows, one that asks for the keys, and the
 * requests. An id or token that one request was answered with is handed on to the next ones as a variable, so that the script
 * works on sandboxes of its own.
 */
export function formatCurlScript({
  law: { id, requirement, statement },
  reason,
  exchanges,
}: {
  readonly law: Pick<Law, "id" | "requirement" | "statement">;
  readonly reason: string;
  readonly exchanges: readonly ReportedExchange[];
}): string {
  const { lines, given } = requestLines(exchanges);
  return [
    "#!/bin/sh",
    `# ${id}: a server ${requirement} ${comment(statement)}`,
    `# Seen: ${comment(reason)}`,
    given.length === 0 ? "set -u" : `: ${given.map((name) => `"\${${name}:?}"`).join(" ")}`,
    ...lines,
  ].join("\n");
}

/** Members by which answers name what they made. */
const idMembers: readonly string[] = ["sandboxID", "sandboxId", "runId"];
const secretName = /\$(SANDGLASS_\w+)/g;

function requestLines(exchanges: readonly ReportedExchange[]) {
  const ids = new Map<string, string>(); // id -> "ID_1"
  const read = new Set<string>(); // secrets that an answer shows before they are needed
  const given = new Set<string>();
  const lines = exchanges.map((exchange, index) => {
    const line = requestLine(exchange, ids);
    for (const [, name = ""] of line.matchAll(secretName)) if (!read.has(name)) given.add(name);
    const values = valuesFor(exchange, exchanges.slice(index + 1), ids);
    for (const { name } of values) read.add(name);
    if (values.length === 0) return line;
    const assignments = values.map(
      ({ name, member }) => `${name}=$(printf %s "$R" | sed -n 's/.*"${member}" *: *"\\([^"]*\\)".*/\\1/p')`,
    );
    return [`R=$(${line.replace("curl -i", "curl -s")})`, ...assignments].join("; ");
  });
  return { lines, given: [...given].sort() };
}

function requestLine({ request: { method, url, headers, body } }: ReportedExchange, ids: ReadonlyMap<string, string>) {
  let place = url;
  for (const [id, name] of ids) place = place.replaceAll(encodeURIComponent(id), () => `$${name}`);
  return formatCurl({ request: { method, url: place, headers, ...(body === null ? {} : { body }) } });
}

/** What an answer shows that later requests need, each with the member to read it from; notes the ids. */
function valuesFor({ response }: ReportedExchange, later: readonly ReportedExchange[], ids: Map<string, string>) {
  const found: { readonly name: string; readonly member: string }[] = [];
  for (const [, member = "", value = ""] of response.body.matchAll(/"(\w+)"\s*:\s*"([^"\\]+)"/g)) {
    const isSecret = /^\$SANDGLASS_\w+$/.test(value);
    const isUsed = later.some(({ request }) =>
      (isSecret ? JSON.stringify(request) : request.url).includes(isSecret ? value : encodeURIComponent(value)),
    );
    if (!isUsed || ids.has(value) || !(isSecret || idMembers.includes(member))) continue;
    const name = isSecret ? value.slice(1) : `ID_${ids.size + 1}`;
    if (!isSecret) ids.set(value, name);
    found.push({ name, member });
  }
  return found;
}

/** One line, so that nothing of it is ever run. */
function comment(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
