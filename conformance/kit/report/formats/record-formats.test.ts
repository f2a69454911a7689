import { expect, test } from "vitest";
import type { RecordingEntry } from "../../law/recording.ts";
import { recordWriters } from "./record-formats.ts";

const request = { method: "GET", url: "http://mini.test/boxes?all=1", headers: { accept: "application/json" } };
const placed = { number: 7, sentAtMs: 1_000, answeredAtMs: 1_250, aheadMs: 0 };
const sent = { purpose: "mini/list/rule", by: "own", operation: "list", path: {}, request } as const;
const lost: RecordingEntry = { ...placed, ...sent, kind: "lost", reason: "the connection was cut" };
const socket: RecordingEntry = { ...placed, ...sent, operation: "preview", kind: "socket", status: 101 };
const moved: RecordingEntry = { ...placed, kind: "clock", movedMs: 5_000 };

test("a request without an answer is kept, with why there is none", () => {
  expect(JSON.parse(recordWriters.ndjson.format(lost)!)).toMatchObject({
    ...{
      number: 7,
      kind: "lost",
      response: null,
      reason: "the connection was cut",
      startedAtMs: 1_000,
      durationMs: 250,
    },
  });
  expect(JSON.parse(recordWriters.har.format(lost)!)).toMatchObject({ time: 250, response: { status: 0 } });
});

test("a WebSocket is kept with the status of its handshake", () => {
  expect(JSON.parse(recordWriters.ndjson.format(socket)!)).toMatchObject({ kind: "socket", response: { status: 101 } });
});

test("a move of the clock is a line of its own; an HTTP Archive has no place for it", () => {
  expect(JSON.parse(recordWriters.ndjson.format(moved)!)).toMatchObject({ kind: "clock", movedMs: 5_000 });
  expect(recordWriters.har.format(moved)).toBeUndefined();
});
