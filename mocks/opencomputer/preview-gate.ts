import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../kit/exchange.ts";
import type { World } from "../kit/world.ts";
import type { Decision, OpenComputerSandboxRecord, SandboxState } from "./sandbox.ts";
import { refuse } from "./answers.ts";
import { matchesPreviewToken } from "./preview-token.ts";

/** What faults and journals call a request to a preview, which is no operation. */
export const previewRequest = "preview";

/** A request to a preview of a sandbox that exists. */
export type PreviewRequest = {
  readonly world: World;
  readonly sandboxID: string;
  readonly method: string;
  readonly head: { headers: IncomingHttpHeaders }; // what the upstream will see: without the token, once the gate was passed
};

/** What a request to a preview says of itself, as far as the gate looks. */
export type PreviewCredentials = {
  readonly previewToken: string | undefined; // the header X-OC-Preview-Token
  readonly authorization: string | undefined;
};

/** How the gate stands to a request: there is none, it is passed, or why it is not. */
type GateVerdict = "open" | "right" | "missing" | "wrong";
export type GateCheck = (record: OpenComputerSandboxRecord, credentials: PreviewCredentials) => GateVerdict;

/** Decides what a request to a preview does to its sandbox, or how it is refused. Pure. */
export type Admission = (
  record: OpenComputerSandboxRecord,
  state: SandboxState,
  verdict: GateVerdict,
  nowMs: number,
) => Decision;

/** Judges a presented token. The order and the meaning of the headers are the contract's. */
export const checkToken: GateCheck = ({ tokenHash }, credentials) => {
  if (tokenHash === undefined) return "open";
  const token = presentedToken(credentials)?.token;
  if (token === undefined) return "missing";
  return matchesPreviewToken(token, tokenHash) ? "right" : "wrong";
};

/**
 * Admits a request whose token is right: it is activity, and it wakes a sandbox that hibernates. The token is judged
 * before the state, so a caller without one learns and changes nothing.
 */
export const admitPreview: Admission = ({ id }, state, verdict, nowMs) => {
  if (verdict === "missing") return { refusal: refuseMissing() };
  if (verdict === "wrong") return { refusal: refuse(401, "invalid preview token", wrongToken) };
  if (state === "stopped") return { refusal: refuse(410, `sandbox ${id} has been stopped`, stopped) };
  return { change: { phase: "running", activeAtMs: nowMs } };
};

/** The answer for a preview of a sandbox that is in no world. */
export function refuseUnknownPreview(sandboxID: string): Answer {
  const reason = { rule: "sandbox-unknown", message: "no world has a sandbox of that id, or there is no such port" };
  return refuse(404, `sandbox ${sandboxID} not found`, reason);
}

function refuseMissing(): Answer {
  const reason = { rule: "preview-token-missing", message: "send X-OC-Preview-Token, or Authorization: Bearer" };
  const refusal = refuse(401, "preview URL requires authentication", reason);
  return { ...refusal, headers: { "www-authenticate": 'Bearer realm="preview"' } };
}

const wrongToken = {
  rule: "preview-token-wrong",
  message: "the token is the one of the create or of the last rotation; X-OC-Preview-Token wins over Authorization",
};
const stopped = { rule: "sandbox-stopped", message: "stopped is final: create another sandbox" };

/** Which header presents a token, and the token. */
export type PresentedToken = { readonly header: "x-oc-preview-token" | "authorization"; readonly token: string };

/**
 * The token that a request presents: `X-OC-Preview-Token` if it is there and not blank, else a bearer token. Header
 * values are read as the bytes they are, so a token beyond ASCII can be presented as UTF-8.
 */
export function presentedToken({ previewToken, authorization }: PreviewCredentials): PresentedToken | undefined {
  const own = trim(previewToken ?? "");
  if (own) return { header: "x-oc-preview-token", token: fromHeader(own) };
  const bearer = trim(/^bearer (.*)$/i.exec(authorization ?? "")?.[1] ?? "");
  return bearer ? { header: "authorization", token: fromHeader(bearer) } : undefined;
}

// Blanks and tabs alone: beyond ASCII, what looks like a blank may be the last byte of a character.
const trim = (value: string) => value.replace(/^[ \t]+|[ \t]+$/g, "");

// Node hands out header bytes as Latin-1; what was meant is UTF-8 wherever it can be read as such.
function fromHeader(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const text = Buffer.from(value, "latin1").toString("utf8");
  return text.includes("\uFFFD") ? value : text;
}
