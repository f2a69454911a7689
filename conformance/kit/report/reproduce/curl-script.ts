import { formatCurl } from "./curl.ts";
import { nearMissForShell } from "../../input/near-miss.ts";
import type { Law } from "../../law/law.ts";
import type { Steps } from "../../law/recording.ts";
import type { Exchange } from "../../law/exchange.ts";

/**
 * A counterexample as a script for a shell: three lines that say what it shows, one that asks for the keys, and the
 * requests. An id or token that one request was answered with is handed on to the next ones as a variable, so that the script
 * works on sandboxes of its own, and ends them where the contract has a way to.
 *
 * Time that passed on the target passes again: its clock is moved where it can be, else the script waits.
 */
export function formatCurlScript({
  law: { id, requirement, statement },
  reason,
  exchanges,
  steps,
}: {
  readonly law: Pick<Law, "id" | "requirement" | "statement">;
  readonly reason: string;
  readonly exchanges: readonly Exchange[];
  /** All that led to the breach, where the run has it; else the exchanges are all that is known. */
  readonly steps?: Steps | undefined;
}): string {
  const { lines, needed } = scriptLines(steps === undefined ? exchanges.map(plainStep) : stepsOf(steps));
  const { given, made } = sourcesOf(needed, steps?.secretLengths);
  return [
    "#!/bin/sh",
    `# ${id}: a server ${requirement} ${comment(statement)}`,
    `# Seen: ${comment(reason)}`,
    given.length === 0 ? "set -u" : `: ${given.map((name) => `"\${${name}:?}"`).join(" ")}`,
    ...made,
    ...lines,
  ].join("\n");
}

/** Where the secrets come from that no answer of the script shows: given by its user, or made from those, or made up. */
function sourcesOf(needed: readonly string[], lengths: Steps["secretLengths"]) {
  const given = new Set<string>();
  const made: string[] = [];
  for (const name of needed) {
    const near = nearMissForShell(name);
    const length = lengths?.get(name);
    if (near !== undefined) made.push(`${name}="${near.value}"`);
    else if (length !== undefined) made.push(`: "\${${name}:=${madeUp(name, length)}}"`);
    if (length === undefined) given.add(near?.key ?? name);
  }
  return { given: [...given].sort(), made };
}

/** A token of the script's own, as long as the one that the run had made up. */
function madeUp(name: string, length: number): string {
  const text = `script-${name.toLowerCase().replaceAll("_", "-")}-`;
  return text.repeat(Math.ceil(length / text.length)).slice(-length);
}

/** One line of the script: a request, or time that passes before the next one. */
type Step = RequestStep | { readonly kind: "pass"; readonly ms: number; readonly baseUrl: string };
type RequestStep = {
  readonly kind: "request" | "socket" | "ending";
  readonly request: Exchange["request"];
  readonly via: string | undefined;
  /** What it was answered, to find ids and tokens in. */
  readonly answer: string;
  /** Whether it was under way when the next one was sent. */
  readonly overlaps: boolean;
};

function plainStep({ request, response }: Exchange): RequestStep {
  return { kind: "request", request, via: undefined, answer: response.body, overlaps: false };
}

/** Time of the target that passed by itself is let pass again from so many milliseconds on. */
const gapMsMin = 1_000;

function stepsOf({ entries, endings }: Steps): readonly Step[] {
  const steps: Step[] = [];
  let beforeMs: number | undefined;
  const urls = entries.flatMap((entry) =>
    entry.kind === "clock" || entry.operation === "preview" ? [] : [entry.request.url],
  );
  const baseUrl = urls[0] === undefined ? "" : new URL(urls[0]).origin;
  for (const [index, entry] of entries.entries()) {
    const gapMs = beforeMs === undefined ? 0 : entry.sentAtMs - beforeMs;
    if (gapMs >= gapMsMin) steps.push({ kind: "pass", ms: gapMs, baseUrl });
    beforeMs = entry.answeredAtMs;
    if (entry.kind === "clock") {
      steps.push({ kind: "pass", ms: entry.movedMs, baseUrl });
      continue;
    }
    const next = entries[index + 1];
    steps.push({
      ...{ kind: entry.kind === "socket" ? "socket" : "request", request: entry.request, via: entry.via },
      answer: entry.kind === "exchange" ? entry.exchange.response.body : "",
      overlaps: next !== undefined && next.kind !== "clock" && next.sentAtMs < entry.answeredAtMs,
    });
  }
  const ends = endings.map(({ request }) => ({
    kind: "ending" as const,
    request,
    via: undefined,
    answer: "",
    overlaps: false,
  }));
  return [...steps, ...ends];
}

/** Members by which answers name what they made: "id", "runId". */
const idMember = /(^i|I)[dD]$/;
const secretName = /\$\{?(SANDGLASS_\w+)/g;

function scriptLines(steps: readonly Step[]) {
  const ids = new Map<string, string>(); // id -> "ID_1"
  const read = new Set<string>(); // secrets that an answer shows before they are needed
  const needed = new Set<string>();
  const lines: string[] = [];
  let isApart = false; // whether requests run side by side just now
  for (const [index, step] of steps.entries()) {
    if (step.kind === "pass") {
      lines.push(passLine(step));
      continue;
    }
    const line = requestLine(step, ids);
    for (const [, name = ""] of line.matchAll(secretName)) if (!read.has(name)) needed.add(name);
    const values = valuesFor(step, steps.slice(index + 1), ids);
    for (const { name } of values) read.add(name);
    if (values.length > 0) {
      const assignments = values.map(
        ({ name, member }) => `${name}=$(printf %s "$R" | sed -n 's/.*"${member}" *: *"\\([^"]*\\)".*/\\1/p')`,
      );
      lines.push([`R=$(${line.replace("curl -i", "curl -isS")})`, `printf "%s\\n" "$R"`, ...assignments].join("; "));
    } else lines.push(step.overlaps ? `${line} &` : line);
    if (isApart && !step.overlaps) lines.push("wait");
    isApart = step.overlaps;
  }
  return { lines, needed: [...needed].sort() };
}

function passLine({ ms, baseUrl }: { readonly ms: number; readonly baseUrl: string }): string {
  const clock = `"${baseUrl}/__sandglass/worlds/\${SANDGLASS_WORLD:-default}/clock"`;
  const move = `curl -sf -o /dev/null -X PATCH ${clock} -H "content-type: application/json" -d '{"advanceMs":${Math.ceil(ms)}}'`;
  return `${move} || sleep ${Math.ceil(ms / 1000)}`;
}

/** What asks for a WebSocket; the server leaves the connection open where it grants one. */
const upgrade = {
  ...{ connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
  "sec-websocket-key": "c2FuZGdsYXNzLXNjcmlwdA==",
};

function requestLine({ kind, request, via }: RequestStep, ids: ReadonlyMap<string, string>): string {
  let url = request.url;
  for (const [id, name] of ids) url = url.replaceAll(encodeURIComponent(id), () => `\${${name}}`);
  const headers = kind === "socket" ? { ...request.headers, ...upgrade } : request.headers;
  const line = formatCurl({ request: { ...request, url, headers } }, via);
  if (kind === "socket") return `${line} --http1.1 --max-time 2 --no-buffer`;
  return kind === "ending" ? line.replace("curl -i", "curl -s -o /dev/null") : line;
}

/** What an answer shows that later requests need, each with the member to read it from; notes the ids. */
function valuesFor({ answer }: RequestStep, later: readonly Step[], ids: Map<string, string>) {
  const found: { readonly name: string; readonly member: string }[] = [];
  const requests = later.flatMap((step) => (step.kind === "pass" ? [] : [step.request]));
  for (const [, member = "", value = ""] of answer.matchAll(/"(\w+)"\s*:\s*"([^"\\]+)"/g)) {
    const isSecret = /^\$SANDGLASS_\w+$/.test(value);
    const isUsed = requests.some((request) =>
      isSecret
        ? new RegExp(`\\$\\{?${value.slice(1)}(?!\\w)`).test(JSON.stringify(request))
        : request.url.includes(encodeURIComponent(value)),
    );
    if (!isUsed || ids.has(value) || !(isSecret || idMember.test(member))) continue;
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
