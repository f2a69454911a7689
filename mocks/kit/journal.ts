import { maskHeader, maskJsonText, maskUrl } from "./secret-mask.ts";

/** Why an answer came out as it did: said in `x-sandglass-reason` and in the journal, never in the vendor's body. */
export type Reason = {
  readonly rule: string; // a name to search for: "timeout-negative"
  readonly message: string; // what was wrong and what would have been right
  readonly pointer?: string; // JSON pointer into the request body
};

/** One request and its answer, as they were seen. Bodies are the raw text. */
export type JournalRecord = {
  readonly atMs: number; // by the world's clock
  readonly contract: string;
  readonly operation: string; // operationId, or "preview", or "" where no operation matched
  readonly tenantId: string; // "" where no credential was accepted
  readonly method: string;
  readonly url: string; // path and query
  readonly requestHeaders: readonly string[]; // names and values in turn
  readonly requestBody: string;
  readonly status: number; // of a request to a preview: the gate's, 200 where it let the request through
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answerBody: string;
  readonly reason: Reason | undefined;
  readonly unread: readonly string[]; // pointers of fields that were sent and that nothing read
};

/** A {@link JournalRecord} as it is shown: numbered, and with every secret replaced by `***`. */
export type JournalEntry = Omit<JournalRecord, "requestHeaders" | "answerHeaders"> & {
  readonly sequence: number; // 1 for the first request of the world
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly answerHeaders: Readonly<Record<string, string>>;
};

/** What a world was asked and what it answered: the newest entries, within a cap in number and in bytes. */
export type Journal = {
  readonly add: (record: JournalRecord) => void;
  /**
   * The entries still held, oldest first, secrets masked.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` for an operation or a member that does not exist
   */
  readonly entries: (filter?: JournalFilter) => JournalEntry[];
  /** The newest entries after the first `sequence` of them, at most so many, and how many of those after it are not among them. */
  readonly since: (sequence: number, max: number) => { readonly entries: JournalEntry[]; readonly skipped: number };
  /** How many requests have been seen, including those whose entries are gone. */
  readonly seen: () => number;
  /** How many of them have no entry any more; those are the oldest. */
  readonly dropped: () => number;
  readonly clear: () => void;
  /**
   * Counts the entries that match, and says whether the number is the expected one.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` for an operation or a member that does not exist
   */
  readonly verify: (expectation: JournalExpectation) => JournalVerification;
};

/** How many of which calls are expected: at least one where no number is given. */
export type JournalExpectation = JournalFilter & {
  readonly times?: number; // exactly
  readonly atLeast?: number;
  readonly atMost?: number;
};

/** What a journal found of an expectation. */
type JournalVerification = { readonly ok: boolean; readonly found: number; readonly message: string };

/** Which entries are meant; all of them where nothing is said. */
export type JournalFilter = {
  readonly operation?: string;
  readonly tenantId?: string;
  readonly status?: number;
};

/** How far back a journal reaches. */
export type JournalOptions = {
  /** How many entries it keeps, the newest. 1,000 by default. */
  readonly entriesMax?: number;
  /** How many bytes it keeps, counted as two a character. 4 MiB by default. */
  readonly bytesMax?: number;
};

const entryOverheadBytes = 256;

/** Refuses filters that nothing would come of: a name that is misspelt would match nothing, and so prove something. */
export type JournalChecks = {
  readonly filter: (filter: unknown) => void;
  readonly expectation: (expectation: unknown) => void;
};

/** Where a journal goes on: how many requests had been seen, and the newest of them. */
export type JournalState = { readonly seen: number; readonly records: readonly JournalRecord[] };

/** Creates a journal, empty unless it goes on. */
export function createJournal(
  { entriesMax = 1_000, bytesMax = 4 * 1024 * 1024 }: JournalOptions = {},
  checks?: JournalChecks,
  { seen, records }: JournalState = { seen: 0, records: [] },
): Journal {
  let ring: (JournalRecord | undefined)[] = [];
  let sizes: number[] = []; // of the records in the ring, so that none is measured twice
  let first = seen - records.length; // sequence of the oldest entry held
  let next = first; // sequence of the entry to come
  let bytes = 0;
  const dropOldest = () => {
    const at = first % entriesMax;
    bytes -= sizes[at]!;
    ring[at] = undefined;
    first += 1;
  };
  const find = (filter: JournalFilter) => {
    const found: JournalEntry[] = [];
    for (let sequence = first; sequence < next; sequence += 1) {
      const record = ring[sequence % entriesMax]!;
      if (matches(record, filter)) found.push(mask(record, sequence + 1));
    }
    return found;
  };
  const journal: Journal = {
    add: (added) => {
      // An entry that would not fit alone goes without its bodies, so that the cap holds and the others may stay.
      // A copy is young. Of a literal whose objects last, as in a journal that fills up, V8 comes to make all others old, and
      // what those name outlives them until all memory is looked through: a sixth of the time of a short request.
      let record = { ...added };
      let size = sizeOf(added);
      if (size > bytesMax) {
        record = { ...added, requestBody: "", answerBody: "", unread: [] };
        size = sizeOf(record);
      }
      bytes += size;
      while (first < next && (next - first >= entriesMax || bytes > bytesMax)) dropOldest();
      ring[next % entriesMax] = record;
      sizes[next % entriesMax] = size;
      next += 1;
    },
    entries: (filter = {}) => {
      checks?.filter(filter);
      return find(filter);
    },
    since: (sequence, max) => {
      const from = Math.max(first, sequence, next - max);
      const numbers = Array.from({ length: next - from }, (_, at) => from + at);
      const entries = numbers.map((number) => mask(ring[number % entriesMax]!, number + 1));
      return { entries, skipped: Math.max(0, next - sequence) - entries.length };
    },
    seen: () => next,
    dropped: () => first,
    clear: () => {
      ring = [];
      sizes = [];
      first = next;
      bytes = 0;
    },
    verify: (expectation) => {
      checks?.expectation(expectation);
      return judge(find(expectation).length, expectation);
    },
  };
  records.forEach(journal.add);
  return journal;
}

function judge(found: number, { times, atLeast, atMost, ...filter }: JournalExpectation): JournalVerification {
  const least = times ?? atLeast ?? (atMost === undefined ? 1 : 0);
  const most = times ?? atMost ?? Infinity;
  const range = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return {
    ok: found >= least && found <= most,
    found,
    message: `expected ${range} of ${JSON.stringify(filter)}, found ${found}`,
  };
}

function matches(record: JournalRecord, { operation, tenantId, status }: JournalFilter): boolean {
  return (
    (operation === undefined || record.operation === operation) &&
    (tenantId === undefined || record.tenantId === tenantId) &&
    (status === undefined || record.status === status)
  );
}

function sizeOf({ requestBody, answerBody, requestHeaders, url, unread }: JournalRecord): number {
  let characters = requestBody.length + answerBody.length + url.length;
  for (const text of requestHeaders) characters += text.length;
  for (const text of unread) characters += text.length;
  return entryOverheadBytes + 2 * characters;
}

// Masking happens on the way out. Nothing but `entries` reads a record, so nothing shows an unmasked one.

function mask(record: JournalRecord, sequence: number): JournalEntry {
  const requestHeaders: Record<string, string> = {};
  for (let at = 0; at + 1 < record.requestHeaders.length; at += 2) {
    const name = record.requestHeaders[at]!.toLowerCase();
    requestHeaders[name] = maskHeader(name, record.requestHeaders[at + 1]!);
  }
  const answerHeaders = Object.entries(record.answerHeaders).map(([name, value]) => [name, maskHeader(name, value)]);
  return {
    ...record,
    sequence,
    url: maskUrl(record.url),
    requestHeaders,
    answerHeaders: Object.fromEntries(answerHeaders) as Record<string, string>,
    requestBody: maskJsonText(record.requestBody),
    answerBody: maskJsonText(record.answerBody),
  };
}
