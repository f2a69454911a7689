/** A time as the page shows it: of the day, in UTC, as the two APIs have theirs. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

/** A time with its day. */
export function dateText(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A stretch of time in its two largest units: `4 min 58 s`. */
export function spanText(ms: number): string {
  const at = units.findIndex(([, unitMs]) => ms >= unitMs);
  if (at === -1) return `${Math.max(0, Math.round(ms))} ms`;
  const [name, unitMs] = units[at]!;
  const whole = Math.floor(ms / unitMs);
  const next = units[at + 1];
  const rest = next === undefined ? 0 : Math.floor((ms - whole * unitMs) / next[1]);
  return `${whole} ${name}${rest === 0 ? "" : ` ${rest} ${next![0]}`}`;
}

/** A number with its thousands apart. */
export const numberText = (value: number) => Math.round(value).toLocaleString("en-US");

/** A JSON text in lines, or the text as it is. */
export function prettyText(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
