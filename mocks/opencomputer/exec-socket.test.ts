import { expect, test, vi } from "vitest";
import { type Sleep, systemSleep } from "../../src/contract/clock.ts";
import { type Harness, withHarness } from "../harness.fixture.ts";

/** What a socket was sent, as text of its bytes, and why it was closed. */
type Attached = {
  readonly frames: string[];
  readonly closed: Promise<string>;
  readonly type: (bytes: string) => void;
};

const latin1 = (bytes: string) => Uint8Array.from(bytes, (each) => each.charCodeAt(0));

/** On a busy machine a shell takes seconds to start. */
const soon = { timeout: 20_000 };

/** A sandbox of acme, with a session in it, and how to attach to one. */
const withSession = (
  cmd: string,
  act: (
    harness: Harness & { at: string; session: string; attach: (at?: string, key?: string) => Attached },
  ) => Promise<void>,
  sleep?: Sleep,
) =>
  withHarness({ contract: "opencomputer", ...(sleep === undefined ? {} : { sleep }) }, async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body: { timeout: 60 } });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    const made = await harness.call(`${at}/exec`, { body: { cmd } });
    const session = String(made.json["sessionID"]);
    const attach = (path = at, key = "sandglass-acme"): Attached => {
      const socket = new WebSocket(`${harness.url.replace("http", "ws")}${path}/exec/${session}?api_key=${key}`);
      socket.binaryType = "arraybuffer";
      const frames: string[] = [];
      socket.onmessage = ({ data }) => void frames.push(Buffer.from(data as ArrayBuffer).toString("latin1"));
      const closed = new Promise<string>((resolve) => {
        socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
      });
      return { frames, closed, type: (bytes) => socket.send(latin1(`\0${bytes}`)) };
    };
    await act({ ...harness, at, session, attach });
  });

test("a session is told from its beginning to each that attaches: streams, the end of what was, an exit code in four bytes", () =>
  withSession("bash", async ({ at, session, attach, call }) => {
    const first = attach();
    await vi.waitFor(() => expect(first.frames).toEqual(["\x04"]), soon);
    first.type("echo out; echo err >&2\n");
    await vi.waitFor(() => expect(first.frames).toEqual(["\x04", "\x01out\n", "\x02err\n"]), soon);
    const second = attach();
    await vi.waitFor(() => expect(second.frames).toEqual(["\x01out\n", "\x02err\n", "\x04"]), soon);
    expect((await call(`${at}/exec`)).json).toMatchObject([{ sessionID: session, running: true, attachedClients: 2 }]);
    first.type("exit 7\n");
    expect(await Promise.all([first.closed, second.closed])).toEqual(["1000 exec completed", "1000 exec completed"]);
    expect([first.frames.at(-1), second.frames.at(-1)]).toEqual(["\x03\0\0\0\x07", "\x03\0\0\0\x07"]);
    const late = attach();
    expect(await late.closed).toBe("1000 exec completed");
    expect(late.frames).toEqual(["\x01out\n", "\x02err\n", "\x04", "\x03\0\0\0\x07"]);
  }));

test("a session is of no use through another sandbox's id, to another organisation, and to a caller without a key", () =>
  withSession("bash", async ({ attach, call }) => {
    const { json } = await call("/api/sandboxes", { body: {} });
    expect(await attach(`/api/sandboxes/${String(json["sandboxID"])}`).closed).toBe("1000 cell 404");
    for (const key of ["sandglass-globex", "", "other"]) {
      const { closed, frames } = attach(undefined, key);
      expect([await closed, frames]).toEqual([expect.stringMatching(/^1006 /), []]); // no handshake
    }
  }));

test("attaching is activity, and wakes what hibernates", () =>
  withSession("bash", async ({ at, attach, call, clock }) => {
    const status = async () => (await call(at)).json["status"];
    clock.advance(50_000);
    const first = attach();
    await vi.waitFor(() => expect(first.frames).toHaveLength(1), soon);
    clock.advance(50_000);
    expect(await status()).toBe("running");
    await call(`${at}/hibernate`, { method: "POST" });
    const second = attach();
    await vi.waitFor(() => expect(second.frames).toHaveLength(1), soon);
    expect(await status()).toBe("running");
  }));

test("what is typed at a terminal is activity, whether or not it is entered", () =>
  withHarness({ contract: "opencomputer" }, async ({ call, clock, url }) => {
    const { json } = await call("/api/sandboxes", { body: { timeout: 60 } });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    const { json: made } = await call(`${at}/pty`, { body: {} });
    const socket = new WebSocket(
      `${url.replace("http", "ws")}${at}/pty/${String(made["sessionID"])}?api_key=sandglass-acme`,
    );
    const seen: unknown[] = [];
    socket.onmessage = ({ data }) => void seen.push(data);
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon); // the screen as it is
    clock.advance(50_000);
    socket.send("a");
    await vi.waitFor(() => expect(seen).toHaveLength(2), soon); // its echo
    clock.advance(50_000);
    expect((await call(at)).json["status"]).toBe("running");
    clock.advance(20_000);
    expect((await call(at)).json["status"]).toBe("hibernated");
  }));

test("an empty frame every 30 seconds keeps a socket open that has nothing to tell, and is no activity", () => {
  let kept = 0;
  const sleep: Sleep = (ms, signal) => (ms === 30_000 && kept++ < 2 ? Promise.resolve() : systemSleep(ms, signal));
  return withSession(
    "bash",
    async ({ at, attach, call, clock }) => {
      const { frames } = attach();
      await vi.waitFor(() => expect(frames).toEqual(["\x04", "", ""]), soon);
      clock.advance(61_000);
      expect((await call(at)).json["status"]).toBe("hibernated");
    },
    sleep,
  );
});
