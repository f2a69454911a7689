import { expect, test } from "vitest";
import { readTraffic } from "./read-traffic.ts";
import { placeText } from "./traffic-entry.ts";
import type { TrafficEntry } from "./traffic-entry.ts";

/** A source that hands out its text in pieces of so many bytes. */
function source(
  text: string,
  { name = "app.har", piece = 7 }: { readonly name?: string; readonly piece?: number } = {},
) {
  const bytes = async function* () {
    const all = new TextEncoder().encode(text);
    for (let at = 0; at < all.length; at += piece) yield await Promise.resolve(all.subarray(at, at + piece));
  };
  return { name, bytes: bytes() };
}

async function entriesOf(...sources: readonly ReturnType<typeof source>[]): Promise<TrafficEntry[]> {
  const entries: TrafficEntry[] = [];
  for await (const entry of readTraffic(sources)) entries.push(entry);
  return entries;
}

/** An entry of an archive; what a test says of its answer replaces what is usual. */
function harEntry(answer: object = {}, { at = "2026-01-02T00:00:00.000Z", url = "http://h.test/api/boxes" } = {}) {
  return {
    startedDateTime: at,
    time: 12.5,
    request: { method: "get", url, headers: [{ name: "X-Key", value: "k" }], bodySize: 0 },
    response: {
      status: 200,
      headers: [{ name: "Content-Type", value: "application/json" }],
      content: { size: 2, mimeType: "application/json", text: "[]" },
      ...answer,
    },
  };
}

const har = (...entries: readonly unknown[]) => ({ log: { version: "1.2", pages: [{ id: "1" }], entries } });

test("an archive is read entry by entry, each with the line on which it begins", async () => {
  const text = JSON.stringify(har(harEntry(), harEntry({ content: { text: "ü\n" } }), harEntry()), null, 2);
  const entries = await entriesOf(source(text));
  const lines = text.split("\n").flatMap((line, index) => (/^ {6}\{$/.test(line) ? [index + 1] : []));
  expect(entries.map(({ place }) => place)).toEqual(
    lines.slice(1).map((line, index) => ({ file: "app.har", line, entry: index + 1 })), // the first is the page
  );
  expect(entries[0]).toMatchObject({
    kind: "exchange",
    request: { method: "GET", url: "http://h.test/api/boxes", headers: { "x-key": "k" } },
    response: { status: 200, headers: { "content-type": "application/json" }, body: "[]", json: [] },
    startedAtMs: Date.UTC(2026, 0, 2),
    durationMs: 12.5,
    isRequestWhole: true,
    isAnswerWhole: true,
  });
  expect(placeText(entries[0]!.place)).toBe(`app.har:${lines[1]}, entry 1`);
});

test.each([
  [{ content: { size: 40, mimeType: "application/json" } }, "", false],
  [{ content: { size: -1 } }, "", false],
  [{ content: {} }, "", false],
  [{ content: { size: 0 } }, "", true],
  [{ status: 204, content: {} }, "", true],
  [{ content: { size: 3, text: "YWJj", encoding: "base64" } }, "abc", true],
])("of an answer %j the body is %j, and whether it was kept is %j", async (answer, body, isAnswerWhole) => {
  const [entry] = await entriesOf(source(JSON.stringify(har(harEntry(answer)))));
  expect(entry).toMatchObject({ response: { body }, isAnswerWhole });
});

test.each([
  [{ ...harEntry(), request: undefined }, "it has no request"],
  [{ ...harEntry(), request: { url: "http://h" } }, "its request has no method"],
  [{ ...harEntry(), request: { method: "GET", url: "/api" } }, "its request has no URL that can be read"],
  [{ ...harEntry(), startedDateTime: "noon" }, "it does not say when it was sent"],
  [harEntry({ status: 1000 }), "its answer has no status"],
  ["text", "it has no request"],
])("an entry that cannot be read is told with its place: %#", async (entry, reason) => {
  const entries = await entriesOf(source(JSON.stringify(har(entry, harEntry()))));
  expect(entries).toMatchObject([{ kind: "broken", reason, place: { entry: 1 } }, { kind: "exchange" }]);
});

test("a request that was cut off has no answer", async () => {
  const entries = await entriesOf(
    source(JSON.stringify(har(harEntry({ status: 0 }), { ...harEntry(), response: null }))),
  );
  expect(entries.map(({ kind }) => kind)).toEqual(["unanswered", "unanswered"]);
});

test("of an archive that ends in the middle, or goes on as something else, the entries before count", async () => {
  const text = JSON.stringify(har(harEntry(), harEntry()), null, 1);
  const cut = await entriesOf(source(text.slice(0, -60)));
  expect(cut).toMatchObject([
    { kind: "exchange" },
    { kind: "broken", reason: "the file ends in the middle", place: { entry: 2 } },
  ]);
  const spoilt = await entriesOf(source(text.replace(/\]\s*\}\s*\}$/, ", oops")));
  expect(spoilt).toMatchObject([
    { kind: "exchange" },
    { kind: "exchange" },
    { kind: "broken", reason: expect.stringMatching(/^the file is no JSON from here on: /) as string },
  ]);
});

const own = {
  ...{ number: 1, purpose: "mini/list/shape", by: "own", operation: "list" },
  request: { method: "POST", url: "http://h.test/api/boxes", headers: { "x-key": "$SANDGLASS_KEY" }, body: "{}" },
  response: { status: 201, headers: {}, body: '{"a":1}' },
  ...{ startedAtMs: 1000, durationMs: 5 },
};

test("a recording of a run is read line by line, and so are entries of an archive on lines of their own", async () => {
  const lines = [JSON.stringify(own), "", "no JSON", "[]", JSON.stringify(harEntry())];
  const entries = await entriesOf(source(`\uFEFF${lines.join("\n")}`, { name: "run.ndjson" }));
  expect(entries).toMatchObject([
    {
      kind: "exchange",
      place: { line: 1, entry: 1 },
      request: { body: "{}" },
      response: { json: { a: 1 } },
      startedAtMs: 1000,
    },
    { kind: "broken", reason: "the line is not a JSON object", place: { file: "run.ndjson", line: 3, entry: 2 } },
    { kind: "broken", place: { line: 4, entry: 3 } },
    { kind: "exchange", place: { line: 5, entry: 4 } },
  ]);
});

test("files are read as one, in the order in which requests were sent", async () => {
  const at = (second: number) => harEntry({}, { at: `2026-01-02T00:00:0${second}.000Z` });
  const entries = await entriesOf(
    source(JSON.stringify(har(at(1), at(4))), { name: "one" }),
    source(JSON.stringify(har(at(2), at(3), at(5))), { name: "two" }),
  );
  expect(entries.map(({ place }) => `${place.file} ${place.entry}`)).toEqual([
    "one 1",
    "two 1",
    "two 2",
    "one 2",
    "two 3",
  ]);
});

test("an empty file has no entries", async () => {
  expect(await entriesOf(source(""), source("\n\n"))).toEqual([]);
});
