import type { Exchange } from "../law/exchange.ts";
import type { Recording, RecordingEntry, Steps, SentEntry } from "../law/recording.ts";

/**
 * Finds in a recording what led to a breach: what the law sent up to it, and the whole life of each sandbox in it, whichever
 * law had it made. Undefined where the recording does not hold it.
 *
 * @param exchanges - what the law sent, as far as it is known; the last of them shows the breach
 */
export function stepsTo(
  { entries }: Recording,
  { law, exchanges }: { readonly law: string; readonly exchanges: readonly Exchange[] },
): Steps | undefined {
  const sent = entries.filter((entry) => entry.kind !== "clock");
  const entryOf = (exchange: Exchange | undefined) =>
    sent.findLast(({ request }) => exchange !== undefined && request === exchange.request);
  const last = entryOf(exchanges.at(-1));
  if (last === undefined) return undefined;
  const known = exchanges.map(entryOf).filter((entry) => entry !== undefined); // what makes shared sandboxes among them
  const first = known.find((entry) => entry.purpose === law) ?? last;
  const own = sent.filter((one) => one.purpose === law && one.number >= first.number && one.number <= last.number);
  const made = own.flatMap((entry) => (entry.kind === "exchange" && isMaking(entry) ? [entry.exchange] : []));
  const isMade = ({ path: { id } }: SentEntry) => id !== undefined && made.some((each) => names(each, new Set([id])));
  const ids = new Set([...own, last, ...sent.filter(isMade)].flatMap(({ path }) => path["id"] ?? []));
  const isOfLife = (entry: SentEntry) =>
    entry.number <= last.number &&
    (ids.has(entry.path["id"] ?? "") || (entry.kind === "exchange" && isMaking(entry) && names(entry.exchange, ids)));
  const chosen = new Set<RecordingEntry>([...known, ...own, ...sent.filter(isOfLife)]);
  const from = Math.min(...[...chosen].map(({ number }) => number));
  const moves = entries.filter(({ kind, number }) => kind === "clock" && number > from && number < last.number);
  const inOrder = [...chosen, ...moves].toSorted((one, other) => one.number - other.number);
  return { entries: inOrder, endings: endingsOf(sent, last.number, ids) };
}

function isMaking({ request, path }: SentEntry): boolean {
  return request.method === "POST" && path["id"] === undefined;
}

function names({ response: { body } }: Exchange, ids: ReadonlySet<string>): boolean {
  return [...ids].some((id) => body.includes(JSON.stringify(id)));
}

function endingsOf(sent: readonly SentEntry[], after: number, ids: ReadonlySet<string>): readonly SentEntry[] {
  const endings = new Map<string, SentEntry>();
  for (const entry of sent) {
    const { id, ...others } = entry.path;
    if (entry.number <= after || id === undefined || !ids.has(id) || entry.request.method !== "DELETE") continue;
    if (Object.keys(others).length === 0 && entry.by === "own") endings.set(id, entry);
  }
  return [...endings.values()];
}
