import { parseJson } from "../checks.ts";
import type { Answer, Asked } from "../http.ts";

/** The members of an object, and none where there is no object. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The members that a request has in its body. */
export function sentIn({ body }: Asked): Readonly<Record<string, unknown>> {
  return members(body === "too large" ? undefined : parseJson(body)?.value);
}

/** The members that an answer has in its body. */
export function bodyOf({ body }: Answer): Readonly<Record<string, unknown>> {
  return members(body);
}

/** The same request with other members in its body; as it is where that holds no object. */
export function resend(
  asked: Asked,
  change: (sent: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Asked {
  const value = asked.body === "too large" ? undefined : parseJson(asked.body)?.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return asked;
  return { ...asked, body: Buffer.from(JSON.stringify(change({ ...value }))) };
}

/** Does what may be refused, for the sake of what it changes. */
export function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // The request is answered by another refusal.
  }
}
