import { expect, test, vi } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";

type Line = Readonly<Record<string, unknown>>;

/** On a busy machine a shell takes seconds to start. */
const soon = { timeout: 20_000 };

/** A sandbox, and what its log holds. */
const withLog = (
  act: (harness: Harness & { at: string; log: (query?: string) => Promise<readonly Line[]> }) => Promise<void>,
) =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body: { timeout: 0 } });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    const log = async (query = "") => {
      const { status, text } = await harness.call(`${at}/logs${query}`);
      expect(status).toBe(200);
      const events = text.split("\n\n").filter((event) => event !== "");
      return events.map((event) => JSON.parse(event.slice("data: ".length)) as Line);
    };
    await act({ ...harness, at, log });
  });

const linesOf = (log: readonly Line[]) => log.map(({ line }) => line);

test("a log holds what commands and sessions have printed, by stream, the oldest first, also once it is stopped", () =>
  withLog(async ({ at, call, clock, log }) => {
    await call(`${at}/exec/run`, { body: { cmd: "echo one; echo two; echo three >&2" } });
    clock.advance(1_000);
    await call(`${at}/exec/run-async`, { body: { cmd: "echo", args: ["four"] } });
    const lines = await log();
    expect(lines.map(({ source, line }) => [source, line])).toEqual([
      ["exec_stdout", "one"],
      ["exec_stdout", "two"],
      ["exec_stderr", "three"],
      ["exec_stdout", "four"],
    ]);
    expect(lines[3]).toMatchObject({ command: "echo", argv: ["four"], sandbox_id: at.split("/").at(-1) });
    expect(Date.parse(String(lines[3]!["_time"])) - Date.parse(String(lines[0]!["_time"]))).toBe(1_000);
    await call(`${at}/exec`, { body: { cmd: "echo five" } });
    await vi.waitFor(async () => expect(linesOf(await log()).at(-1)).toBe("five"), soon);
    await call(at, { method: "DELETE" });
    expect(linesOf(await log("?tail=false"))).toEqual(["one", "two", "three", "four", "five"]);
  }));

test("a part of a log is asked for by time, text, source and number", () =>
  withLog(async ({ at, call, clock, log }) => {
    await call(`${at}/exec/run`, { body: { cmd: "echo early; echo wrong >&2" } });
    const [first] = await log();
    clock.advance(2_000);
    await call(`${at}/exec/run`, { body: { cmd: "echo late" } });
    const later = new Date(Date.parse(String(first!["_time"])) + 1_000).toISOString();
    expect(linesOf(await log(`?since=${later}`))).toEqual(["late"]);
    expect(linesOf(await log(`?tail=false&until=${later}`))).toEqual(["early", "wrong"]);
    expect(linesOf(await log("?q=rl"))).toEqual(["early"]);
    expect(linesOf(await log("?source=exec_stderr,agent"))).toEqual(["wrong"]);
    expect(linesOf(await log("?limit=1"))).toEqual(["early"]);
  }));

test.each([
  ["tail=maybe", "tail must be true or false"],
  ["since=yesterday", "since must be RFC3339"],
  ["until=2026-01-01", "until must be RFC3339"],
  ["limit=0", "limit must be a positive integer"],
  ["q=a%0Ab", "q must not contain control characters"],
  ["source=exec_stdout,disk", 'source "disk" not allowed'],
])("a log that is asked for by %s is refused in the vendor's words", (query, error) =>
  withLog(async ({ at, call }) => {
    expect(await call(`${at}/logs?${query}`)).toMatchObject({ status: 400, json: { error } });
  }),
);

test("a log is read by its own organisation, is no activity, and keeps the last 1,000 lines", () =>
  withLog(async ({ at, call, clock, log }) => {
    await call(`${at}/timeout`, { body: { timeout: 10 } });
    await call(`${at}/exec/run`, { body: { cmd: "seq 1 1200" } });
    const lines = linesOf(await log());
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([1_000, "201", "1200"]);
    expect((await call(`${at}/logs`, { key: "sandglass-globex" })).status).toBe(404);
    clock.advance(9_000);
    await log();
    clock.advance(2_000);
    expect((await call(at)).json["status"]).toBe("hibernated");
    expect(await log()).toHaveLength(1_000);
    expect((await call(at)).json["status"]).toBe("hibernated");
  }));
