import { expect, test, vi } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";
import { commandsOf } from "./commands.ts";

/** A terminal, and what it says: a text for each frame. */
async function open({ call, world }: Harness) {
  const { json: sandbox } = await call("/api/sandboxes", { body: {} });
  const { json } = await call(`/api/sandboxes/${String(sandbox["sandboxID"])}/pty`, { body: {} });
  const terminal = commandsOf(world).terminals.get(String(json["sessionID"]))!;
  const frames: string[] = [];
  let closed = "";
  terminal.attach({ say: (bytes) => frames.push(bytes), close: (reason) => (closed = reason) });
  const shows = (text: string) =>
    vi.waitFor(() => expect(frames.join("")).toContain(text), { timeout: 10_000, interval: 5 });
  return { terminal, frames, shows, closed: () => closed };
}

test("a mebibyte that is typed at once is echoed at once, as far as a line and what waits have room", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { terminal, frames, shows, closed } = await open(harness);
    terminal.write("x".repeat(2 ** 20));
    expect(frames.splice(0)).toEqual(["x".repeat(4_095)]);
    terminal.write("\u007f".repeat(2 ** 20));
    expect(frames.splice(0)).toEqual(["\b \b".repeat(4_095)]);
    terminal.write("\r".repeat(2 ** 16));
    expect(frames.splice(0)).toEqual(["\r\n".repeat(2 ** 16)]);
    await vi.waitFor(() => expect(frames).toHaveLength(1_000));
    expect(new Set(frames.splice(0))).toEqual(new Set(["$ "]));
    terminal.write("a\u0003".repeat(2 ** 13));
    expect(frames.splice(0)).toEqual(["a^C\r\n".repeat(2 ** 13)]);
    await shows("$ ".repeat(1_000));
    terminal.write("echo still $((20 + 2))\r");
    await shows("still 22\r\n$ ");
    expect(terminal.attach({ say: () => undefined, close: () => undefined }).screen.length).toBe(64 * 1024);
    expect(closed()).toBe("");
  }));

test("an interrupt ends the command that runs, and those that wait, and not the terminal", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { terminal, frames, shows, closed } = await open(harness);
    terminal.write("while true; do sleep 0; done\recho never\r");
    await new Promise((resolve) => setTimeout(resolve, 100));
    terminal.write("\u0003echo after\r");
    await shows("after\r\n$ ");
    expect(frames.join("")).not.toContain("never\r\n$ ");
    expect(closed()).toBe("");
  }));
