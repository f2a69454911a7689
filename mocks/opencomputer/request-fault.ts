import { formatPointer } from "../../src/contract/json-pointer.ts";
import type { z } from "zod";
import type { Answer } from "../kit/exchange.ts";
import { refuse } from "./answers.ts";

type Issue = z.core.$ZodIssue;
type Fault = { readonly text: string; readonly rule: string; readonly hint: string };

/**
 * Puts what zod found into the vendor's words. Faults of type come first, as the vendor reads the whole body before it
 * judges any field; then the fields in the vendor's order.
 */
export function explainIssues(operationId: string, body: unknown, issues: readonly Issue[]): Answer {
  const webhook = /Webhook$/.test(operationId) ? explainDestination(issues, body) : undefined;
  if (webhook !== undefined) return webhook;
  const typeIssue = issues.find((found) => isTypeFault(found, body));
  const issue = typeIssue ?? [...issues].sort((one, other) => rankOf(one) - rankOf(other))[0]!;
  const fault =
    (operationId === "replaceSandboxTags" ? explainTag(issue, body) : undefined) ??
    (typeIssue === undefined ? explainValue(issue, body) : undefined) ??
    explainType(issue, body);
  return refuseFor(issue.path, fault);
}

/** Refuses tags for a value that the schema takes for one. */
export function refuseTagValue(key: string, hint: string): Answer {
  return refuseFor([key], { text: tagValueText(key), rule: "tags", hint });
}

function refuseFor(path: readonly PropertyKey[], { text, rule, hint }: Fault): Answer {
  const pointer = formatPointer(path);
  return refuse(400, text, { rule, message: hint, pointer });
}

// What is judged first; a pair of sizes that is no tier is a fault of the whole body. The image is looked at last.
const judged = ["timeout", "cpuCount", "memoryMB", undefined, "webhooks", "diskMB", "previewAuth", "image"];

function rankOf({ path }: Issue): number {
  return judged.indexOf(path[0] as string | undefined);
}

// The vendor reads a number or text that is missing or null as 0 or "", and refuses those in words of their own.
const refusedEmpty: readonly PropertyKey[] = ["port", "url", "cmd", "path", "name", "script"];

// A value that is none of an enumeration is of the wrong type where it is not even of the kind of its values.
function isTypeFault(issue: Issue, body: unknown): boolean {
  if (issue.code === "invalid_type") {
    const value = valueAt(body, issue.path);
    return value !== undefined && !(value === null && refusedEmpty.includes(issue.path.at(-1)!));
  }
  if (issue.code === "too_big") return issue.path.at(-1) === "timeout"; // an integer that nothing can hold exactly
  if (isSize(issue)) return valueAt(body, issue.path) !== undefined && !Number.isInteger(valueAt(body, issue.path));
  return issue.code === "invalid_value" && typeof issue.values[0] !== typeof valueAt(body, issue.path);
}

const isSize = ({ path }: Issue) => path[0] === "cpuCount" || path[0] === "memoryMB";
const isBound = ({ path }: Issue) => path[0] === "minMemoryMB" || path[0] === "maxMemoryMB";

function expectedBy(issue: Issue): string {
  if (issue.code === "invalid_type") return issue.expected;
  if (issue.code === "too_big" || isSize(issue)) return "int";
  return issue.code === "invalid_value" ? typeof issue.values[0] : issue.message;
}

// The vendor names the types of its own language. All its numbers are whole.
const vendorTypes: Readonly<Record<string, string>> = { number: "int", boolean: "bool" };

function explainType(issue: Issue, body: unknown): Fault {
  const field = issue.path.join(".");
  const value = valueAt(body, issue.path);
  const expected = vendorTypes[expectedBy(issue)] ?? expectedBy(issue);
  const got = typeof value === "number" && expected === "int" ? `number ${value}` : jsonTypeOf(value);
  return {
    text: `invalid request body: code=400, message=Unmarshal type error: expected=${expected}, got=${got}, field=${field}`,
    rule: "body-type",
    hint: issue.message,
  };
}

function explainValue(issue: Issue, body: unknown): Fault | undefined {
  const [field, member] = issue.path;
  const value = valueAt(body, issue.path);
  if (field === "timeout")
    return { text: timeoutText, rule: "timeout-negative", hint: "seconds of idleness, 0 for never" };
  if (requiredMembers.includes(field) && (value === undefined || value === null || value === "")) {
    return { text: `${String(field)} is required`, rule: `${String(field)}-missing`, hint: "it cannot be left out" };
  }
  if (field === "kind") return { text: "kind must be full or disk_only", rule: "checkpoint", hint: issue.message };
  if (field === "retentionPolicy") {
    return { text: "unsupported checkpoint retention policy", rule: "checkpoint", hint: issue.message };
  }
  if (field === "port") return { text: portText, rule: "port-range", hint: "a port number" };
  if (issue.path.length === 0 && isBurstOfSource(body)) return burstFault;
  if (isBound(issue)) {
    const text = `${String(field)}: memoryMB must be one of: 1024, 4096, 8192, 16384 (got ${asText(value)})`;
    return { text, rule: "tier", hint: tierHint };
  }
  if (isSize(issue) && (value === undefined || value === null || Number(value) <= 0) && !hasCores(body)) {
    return { text: "memoryMB is required and must be positive", rule: "tier", hint: tierHint };
  }
  if (isSize(issue) || issue.path.length === 0) return explainTier(body);
  if (field === "previewAuth" && member === "scheme") {
    return { text: schemeText(value), rule: "preview-auth-scheme", hint: 'the only scheme is "bearer"' };
  }
  if (field === "previewAuth") return previewTokenFault;
  if (field === "diskMB") return { text: diskText(issue), rule: "disk", hint: "20480 to 262144 MB" };
  if (field === "webhooks") return explainWebhook(issue, value);
  if (field === "image") return explainImage(issue, body);
  return undefined;
}

const requiredMembers: readonly unknown[] = ["cmd", "path", "name", "script", "image"];
const timeoutText = "timeout must be non-negative (0 = no timeout)";
const portText = "port must be between 1 and 65535";
const schemeText = (scheme: unknown) => `previewAuth.scheme must be "bearer" (got "${asText(scheme)}")`;

/** What is said of a preview token that is too short. */
export const previewTokenFault: Fault = {
  text: 'previewAuth.token must be omitted, "auto", or a string of at least 16 characters',
  rule: "preview-auth-token",
  hint: 'omit it, send "auto", or send 16 characters or more',
};

const diskText = ({ code }: Issue) =>
  code === "too_big" ? "diskMB cannot exceed 262144 (256GB)" : "diskMB must be at least 20480 (20GB)";

/** What is said of a destination, whose event types are told all at once. */
function explainDestination(issues: readonly Issue[], body: unknown): Answer | undefined {
  const first = issues.find(({ path }) => path[0] === "url") ?? issues.find(({ path }) => path[0] === "eventTypes");
  if (first === undefined || first.code === "invalid_type") {
    const isMissing = first !== undefined && valueAt(body, first.path) === undefined;
    if (!isMissing) return undefined;
  }
  if (first.path[0] === "url") {
    return refuseFor(first.path, { text: "url must be a valid https URL", rule: "webhook-url", hint: "an https URL" });
  }
  const { eventTypes } = body as { readonly eventTypes: unknown };
  if (!Array.isArray(eventTypes)) return undefined;
  const at = new Set(issues.flatMap(({ path }) => (path[0] === "eventTypes" ? [path[1]] : [])));
  const unknown = eventTypes.filter((_, index) => at.has(index)).map(asText);
  const text = `unknown event type(s): ${unknown.join(", ")}`;
  return refuseFor(first.path, { text, rule: "webhook-event", hint: first.message });
}

function explainWebhook({ path, message }: Issue, value: unknown): Fault {
  const quoted = JSON.stringify(value ?? "");
  return path[2] === "url"
    ? { text: `webhook url must be a valid https URL: ${quoted}`, rule: "webhook-url", hint: "an https URL" }
    : { text: `invalid webhook event type filter: ${quoted}`, rule: "webhook-event", hint: message };
}

function isBurstOfSource(body: unknown): boolean {
  const { burst, image, snapshot } = body as Readonly<Record<string, unknown>>;
  return burst === true && (image !== undefined || snapshot !== undefined);
}

const burstFault: Fault = {
  text: "Burst Sandboxes do not support image or snapshot creates in alpha",
  rule: "burst",
  hint: "leave out burst, or image and snapshot",
};

const tierHint = "cpuCount/memoryMB is one of 1/1024, 1/4096, 2/8192, 4/16384; name either and the other follows";

function explainTier(body: unknown): Fault {
  const { cpuCount, memoryMB } = body as { cpuCount?: number; memoryMB?: number };
  return { text: tierText(cpuCount, memoryMB), rule: "tier", hint: tierHint };
}

/** A body of a create may name cores alone. */
const hasCores = (body: unknown) => valueAt(body, ["cpuCount"]) !== undefined;

function tierText(cpuCount: number | undefined, memoryMB: number | undefined): string {
  if (cpuCount !== undefined && memoryMB !== undefined) {
    // The last two pairs are part of the vendor's text, though no caller may have them.
    const pairs = "1/1024, 1/4096, 2/8192, 4/16384, 8/32768, 16/65536";
    return `cpuCount ${cpuCount} and memoryMB ${memoryMB} do not match an allowed tier; valid combinations: ${pairs}`;
  }
  if (memoryMB !== undefined) {
    return memoryMB > 16384
      ? `memoryMB=${memoryMB} exceeds the largest self-serve tier (16384 MB). Contact us for enterprise sizing.`
      : `memoryMB must be one of: 1024, 4096, 8192, 16384 (got ${memoryMB})`;
  }
  return cpuCount! > 4
    ? `cpuCount=${cpuCount} exceeds the largest self-serve tier (4 vCPU). Contact us for enterprise sizing.`
    : `cpuCount must be one of: 1, 2, 4 (got ${cpuCount})`;
}

// What each kind of image step cannot do without.
const stepArguments: Readonly<Record<string, string>> = {
  apt_install: "packages",
  pip_install: "packages",
  run: "commands",
  env: "vars",
  workdir: "path",
  add_file: "path",
  add_dir: "path",
};

function explainImage({ path }: Issue, body: unknown): Fault | undefined {
  if (path[1] !== "steps" || typeof path[2] !== "number") return undefined;
  const type = (valueAt(body, path.slice(0, 3)) as { type?: unknown } | null)?.type;
  const needed = typeof type === "string" && Object.hasOwn(stepArguments, type) ? stepArguments[type] : undefined;
  const problem = needed === undefined ? `unknown step type: ${asText(type)}` : `${asText(type)}: missing ${needed}`;
  return {
    text: `image build failed: step ${path[2]} (${asText(type)}): ${problem}`,
    rule: "image-step",
    hint: needed === undefined ? `types are ${Object.keys(stepArguments).join(", ")}` : `args.${needed} is needed`,
  };
}

// What was sent in the place of a text can be anything, also an object whose own `toString` is none.
function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** What is said of a body that is to hold tags and is no object, or cannot be read at all. */
export const notFlatText = "request body must be a flat { key: string } map";
const tagValueText = (key: string) => `tag value for "${key}": length must be <= 256`;

function explainTag(issue: Issue, body: unknown): Fault {
  const [key] = issue.path;
  const rule = "tags";
  if (key === undefined) {
    const count = typeof body === "object" && body !== null ? Object.keys(body).length : 0;
    const text = issue.code === "too_big" ? `max 50 tags per sandbox, got ${count}` : notFlatText;
    return { text, rule, hint: issue.message };
  }
  return { text: tagText(String(key), issue), rule, hint: issue.message };
}

function tagText(key: string, issue: Issue): string {
  if (issue.code === "invalid_type") return `tag "${key}": value must be a string`;
  if (issue.code === "too_big") return tagValueText(key);
  if (key.startsWith("oc:")) return 'tag key prefix "oc:" is reserved';
  return key.length < 1 || key.length > 128
    ? `tag key "${key}": length must be 1..128`
    : `tag key "${key}" contains invalid characters`;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    body,
  );
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
}
