import type { SandboxRecord } from "./sandbox.ts";
import { matchesPreviewToken } from "./preview-token.ts";

/** What a request to a preview says of itself, as far as the gate looks. */
export type PreviewCredentials = {
  readonly previewToken: string | undefined;
  readonly authorization: string | undefined;
};

/** How the gate stands to a request. */
export type GateVerdict = "open" | "right" | "missing" | "wrong";
export type GateCheck = (record: SandboxRecord, credentials: PreviewCredentials) => GateVerdict;

/** Judges a presented token. The order and the meaning of the headers are the contract's. */
export const checkToken: GateCheck = ({ tokenHash }, credentials) => {
  if (tokenHash === undefined) return "open";
  const token = presentedToken(credentials);
  if (token === undefined) return "missing";
  return matchesPreviewToken(token, tokenHash) ? "right" : "wrong";
};

/**
 * The token that a request presents: `X-OC-Preview-Token` if it is there and not blank, else a bearer token. Header
 * values are read as the bytes they are, so a token beyond ASCII can be presented as UTF-8.
 */
export function presentedToken({ previewToken, authorization }: PreviewCredentials): string | undefined {
  const own = previewToken?.trim();
  if (own) return fromHeader(own);
  const bearer = /^bearer (.*)$/i.exec(authorization ?? "")?.[1]?.trim();
  return bearer ? fromHeader(bearer) : undefined;
}

// Node hands out header bytes as Latin-1; what was meant is UTF-8 wherever it can be read as such.
function fromHeader(value: string): string {
  const text = Buffer.from(value, "latin1").toString("utf8");
  return text.includes("\uFFFD") ? value : text;
}
