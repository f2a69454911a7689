import { once } from "node:events";
import { createServer, IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DirectMessage, pipedBody, type ReadBody, readIncomingBody, readRequestBody } from "./http-body.ts";

const bytesMax = 10;
const largeBytes = 8 * 1024 * 1024;

describe.each([
  ["a stream", IncomingMessage],
  ["a message that hands it over", DirectMessage],
])("a body over a socket, from %s,", (_, Message) => {
  const results: Promise<ReadBody | Error>[] = [];
  const server = createServer({ IncomingMessage: Message }, (incoming, outgoing) => {
    if (incoming.url === "/late") setImmediate(answer, incoming, outgoing, bytesMax);
    else answer(incoming, outgoing, incoming.url === "/large" ? largeBytes : bytesMax);
  });
  function answer(incoming: IncomingMessage, outgoing: ServerResponse, limit: number) {
    const read = Promise.resolve(readIncomingBody(incoming, limit)).catch((error: unknown) => error as Error);
    results.push(read);
    void read.then((body) => outgoing.end(limit === bytesMax ? JSON.stringify(body) : "read"));
  }
  const port = () => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => server.close());

  function send(parts: readonly (string | Buffer)[], length?: number, path = "/") {
    const headers = length === undefined ? {} : { "content-length": length };
    const outgoing = request({ port: port(), host: "127.0.0.1", method: "POST", path, headers });
    outgoing.on("error", () => undefined);
    for (const part of parts) outgoing.write(part);
    return outgoing;
  }

  async function read(...sent: Parameters<typeof send>): Promise<ReadBody> {
    const outgoing = send(...sent).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return JSON.parse((await answer.toArray()).join("")) as ReadBody;
  }

  test.each([
    ["with a length", ["hello"], 5, "hello"],
    ["in chunks", ["he", "l", "lo"], undefined, "hello"],
    ["of exactly the limit", ["0123456789"], 10, "0123456789"],
    ["of exactly the limit in chunks", ["01234", "56789"], undefined, "0123456789"],
    ["of nothing", [], 0, ""],
    ["whose characters are cut by chunks", [Buffer.from([0xe2, 0x82]), Buffer.from([0xac])], undefined, "€"],
    ["that is no UTF-8", [Buffer.from([0x61, 0xff, 0x62])], undefined, "a\ufffdb"],
  ])("%s is read", async (_, parts, length, body) => {
    expect(await read(parts, length)).toEqual({ body, bodyTooLarge: false });
  });

  test.each([
    ["one byte over the limit", ["01234567890"], 11],
    ["one byte over the limit in chunks", ["0123456789", "0"], undefined],
    ["far over the limit", ["x".repeat(1_000_000)], undefined],
    ["over the limit in bytes, though not in characters", ["€€€€"], 12],
  ])("%s is said to be too large", async (_, parts, length) => {
    expect(await read(parts, length)).toEqual({ body: "", bodyTooLarge: true });
  });

  test("is known to be too large before it has ended", async () => {
    const outgoing = send(["x".repeat(100)]);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(JSON.parse((await answer.toArray()).join(""))).toEqual({ body: "", bodyTooLarge: true });
    outgoing.destroy();
  });

  test("that is cut off is an error", async () => {
    const before = results.length;
    const outgoing = send(["he"], 5);
    while (results.length === before) await new Promise(setImmediate);
    outgoing.destroy();
    expect(await results.at(-1)).toBeInstanceOf(Error);
  });

  test("is let go of once it is read, also while its connection stays open", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const heldBytes = () => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const before = heldBytes();
    const socket = connect(port(), "127.0.0.1");
    socket.write(`POST /large HTTP/1.1\r\nhost: x\r\ncontent-length: ${largeBytes}\r\n\r\n`);
    for (let sent = 0; sent < largeBytes; sent += 1024 * 1024) socket.write(Buffer.alloc(1024 * 1024, "x"));
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toMatch(/read/);
    await vi.waitFor(() => expect(heldBytes() - before).toBeLessThan(largeBytes / 4));
    socket.destroy();
  });

  test("that the stream holds already is read from there", async () => {
    expect(await read(["he", "llo"], 5, "/late")).toEqual({ body: "hello", bodyTooLarge: false });
  });

  test("is told from those before and after it on one connection", async () => {
    const socket = connect(port(), "127.0.0.1");
    const post = (body: string) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const bodies = ["one", "", "longer than is allowed", "four"];
    socket.write(bodies.map(post).join("")); // pipelined
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const answers = (await socket.toArray()).join("");
    const found = [...answers.matchAll(/\{.*?\}/g)].map(([text]) => (JSON.parse(text) as ReadBody).body);
    expect(found).toEqual(["one", "", "", "four", ""]);
  });
});

describe("a body in process", () => {
  const read = (body?: string) =>
    readRequestBody(new Request("http://x/", { method: "POST", ...(body === undefined ? {} : { body }) }), bytesMax);

  test.each([
    [undefined, "", false],
    ["", "", false],
    ["0123456789", "0123456789", false],
    ["01234567890", "", true],
    ["€€€€", "", true],
  ])("of %j is read like one over a socket", async (sent, body, bodyTooLarge) => {
    expect(await read(sent)).toEqual({ body, bodyTooLarge });
  });
});

test("a body that has been read is piped byte for byte, and none as none", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  for (const body of [bytes, undefined]) {
    const taken: Buffer[] = [];
    const sink = new Writable({ write: (piece: Buffer, _, done) => (taken.push(piece), done()) });
    pipedBody(body).pipe(sink);
    await once(sink, "finish");
    expect(Buffer.concat(taken)).toEqual(body ?? Buffer.alloc(0));
  }
});
