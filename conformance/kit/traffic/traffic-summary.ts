/** What a recording held, and what of it was judged. */
export type TrafficSummary = {
  readonly files: readonly string[];
  /** The origins that were taken for the API: "https://api.example". */
  readonly origins: readonly string[];
  /** Whether they were guessed by the paths of their requests, and not named. */
  readonly isGuessed: boolean;
  readonly entries: number;
  /** Exchanges with the API, previews among them, that were judged. */
  readonly judged: number;
  readonly callers: number; // that were told apart by their credentials
  /** Whether each of them was taken for an organisation of its own. */
  readonly keysApart: boolean;
  readonly unanswered: number; // requests without an answer
  readonly bodiesMissing: number; // exchanges of which the recorder did not keep a body
  readonly cached: number; // answers of a cache, which say nothing of the API
  readonly broken: Counted; // entries that cannot be read, with their places
  readonly elsewhere: Counted; // requests to other hosts
  readonly unknown: Counted; // requests to the API that no operation fits
};

/** How many there were, and some of them by name. */
export type Counted = { readonly count: number; readonly some: readonly string[] };

/** Counts things that have a name, and keeps some of the names. */
export type Counter = { readonly add: (name: string) => void; readonly total: () => Counted };

const namedMax = 5;
const charactersMax = 120;

/** Creates a counter that has counted nothing. */
export function createCounter(): Counter {
  const some = new Set<string>();
  let count = 0;
  return {
    add: (name) => {
      count += 1;
      if (some.size < namedMax) some.add(name.length <= charactersMax ? name : `${name.slice(0, charactersMax)}…`);
    },
    total: () => ({ count, some: [...some] }),
  };
}

/** What a recording held, in lines for a reader. */
export function trafficLines(summary: TrafficSummary): readonly string[] {
  const { origins, isGuessed, entries, judged, callers, unanswered, bodiesMissing, cached, keysApart } = summary;
  return [
    `${entries} entries, ${judged} judged, with ${callers} ${callers === 1 ? "credential" : "credentials"}`,
    apiLine(origins, isGuessed),
    ...countedLine(summary.broken, "cannot be read"),
    ...countedLine(summary.elsewhere, "went to other hosts"),
    ...countedLine(summary.unknown, "went to the API, which has no such operation"),
    ...(unanswered === 0 ? [] : [`${unanswered} got no answer`]),
    ...(cached === 0 ? [] : [`${cached} were answered by a cache`]),
    ...(callers > 0 || judged === 0 ? [] : ["no request shows a credential: what depends on who acts was not judged"]),
    ...(callers < 2 || keysApart ? [] : ["the keys may be of one organisation: with --keys-apart, each has its own"]),
    ...(bodiesMissing === 0 ? [] : [`${bodiesMissing} stand there without a body, which was not judged`]),
  ];
}

function apiLine(origins: readonly string[], isGuessed: boolean): string {
  if (origins.length === 0) return "no request of it went to the API: say which is the API with --base-url or --host";
  const guess = isGuessed ? ", taken for it by the paths of their requests: name it with --base-url or --host" : "";
  return `API: ${origins.join(", ")}${guess}`;
}

function countedLine({ count, some }: Counted, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}: ${some.join("; ")}${count > some.length ? "; …" : ""}`];
}
