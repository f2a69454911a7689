import { createHash } from "node:crypto";
import type { RunContract } from "../law/contract.ts";

/** The caller of a request that carries no credential. */
export const anonymous = "anonymous";
/** The caller of a request whose credential the recorder has left out, or may have. */
export const unknownCaller = "unknown";

/** Whether a caller is one of a run of ours, whose two keys are known to be of two organisations. */
export function isMaskedCaller(caller: string): boolean {
  return caller.startsWith("SANDGLASS_");
}

/** Tells callers apart by the credential that they sent, of which nothing but a hash is kept. */
type Callers = {
  /** "key 1", "key 2"; the name of the mask where a run of ours has masked it. */
  readonly of: (headers: Readonly<Record<string, string>>) => string;
  readonly count: () => number;
  /** Whether they are of a run of ours. */
  readonly areMasked: () => boolean;
};

/** So many callers are told apart: a recording must not fill the memory of the run that reads it. */
const callersMax = 10_000;

/**
 * Creates what tells callers apart. As long as no request has shown a credential, the recorder may have left them all out, as
 * browsers do: such a request is of an unknown caller, and of an anonymous one only later.
 */
export function createCallers({ keyHeader }: RunContract): Callers {
  const known = new Map<string, string>();
  return {
    of: (headers) => {
      const credentials = credentialsIn(headers, keyHeader);
      if (credentials === "") return known.size === 0 ? unknownCaller : anonymous;
      const masked = /^\$(SANDGLASS_\w+)$/.exec(credentials)?.[1];
      if (masked === undefined && /^[*•x.]{3,}$|redacted|\[.*\]|<.*>/i.test(credentials)) return unknownCaller;
      const hash = createHash("sha256").update(credentials).digest("base64");
      const name = known.get(hash) ?? (known.size < callersMax ? (masked ?? `key ${known.size + 1}`) : unknownCaller);
      if (name !== unknownCaller) known.set(hash, name);
      return name;
    },
    count: () => known.size,
    areMasked: () => [...known.values()].some(isMaskedCaller),
  };
}

/** The headers that carry a credential, names in lower case. */
export function credentialHeaders(keyHeader: string): readonly string[] {
  return [keyHeader.toLowerCase(), "authorization"];
}

/** The same key in another header is the same caller. */
function credentialsIn(headers: Readonly<Record<string, string>>, keyHeader: string): string {
  const values = credentialHeaders(keyHeader).map((name) => (headers[name] ?? "").replace(/^Bearer\s+/i, "").trim());
  return [...new Set(values.filter((value) => value !== ""))].join(" and ");
}
