/**
 * Reads a `Retry-After` header.
 *
 * @param nowMs - milliseconds since the Unix epoch, for the form that is a date
 * @returns milliseconds to wait, at least 0; `undefined` without the header or where it is neither form
 * @see RFC 9110, section 10.2.3
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = /[a-z]/i.test(header) ? Date.parse(header) : NaN; // "-5" and "1.5" are dates to Date.parse
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
