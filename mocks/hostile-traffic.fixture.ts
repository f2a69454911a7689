import fc from "fast-check";
import type { ContractName } from "./index.ts";

/** What one hostile caller does on one connection. */
export type Conversation = {
  readonly contract: ContractName;
  readonly requests: readonly Buffer[]; // all at once, one behind the other
  readonly cutAt: number; // of all bytes, the part that is sent; 1 for all
  readonly pieces: number; // in which they are sent
  readonly ending: (typeof endings)[number];
};

/** How a caller leaves: at once, with all behind it that TCP has; or when something came back, or nothing after a while. */
const endings = ["reset", "leave", "half-close", "reset-on-answer", "leave-on-answer"] as const;

/** What callers know of: a sandbox without a gate and a terminal in it, one with a gate, and one that they may end. */
export type Known = {
  readonly open: string;
  readonly terminal: string;
  readonly gated: string;
  readonly mortal: string;
};

const keys: Record<ContractName, string> = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" };
const webSocketKey = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
const upgrade = ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", webSocketKey];
const chunked = "transfer-encoding: chunked";

/** Values that make a request hostile in one way, beside those of a usual one: most requests differ in a few. */
type Choice<T> = { readonly usual: readonly T[]; readonly odd: readonly T[] };

const targets: Choice<string> = {
  usual: [
    "/api/sandboxes",
    "/api/sandboxes/MORTAL",
    "/api/sandboxes/OPEN/pty/TERMINAL",
    "/api/webhooks",
    "/__sandglass/preview/OPEN/8080/x", // the mock's own page
    "/__sandglass/preview/OPEN/3000/x", // an upstream
    "/__sandglass/preview/OPEN/9/x", // an upstream that does not listen
    "/__sandglass/preview/GATED/3000/",
    "/__sandglass/worlds",
    "/__sandglass/worlds/default/journal?limit=5",
    "/__sandglass/worlds/default/clock",
    "/__sandglass/worlds/default/snapshot",
  ],
  odd: [
    "/api/sandboxes/sb-00000000/hibernate",
    "/api/sandboxes/OPEN/exec/none?api_key=sandglass-acme",
    "/api/sandboxes/%zz%00",
    "/__sandglass/preview/sb-00000000/3000/",
    "/__sandglass/preview/OPEN/99999/",
    "/__sandglass/worlds/nowhere/faults",
    "/__sandglass/../..",
    "*",
    "http://elsewhere.example/api/sandboxes",
    "x:443",
    `/${"y".repeat(20_000)}`,
    "/\xff\xfe",
  ],
};
const hosts: Choice<string> = {
  usual: ["localhost", "localhost", "OPEN-p8080.localhost", "OPEN-p3000.localhost", "OPEN-p9.localhost"],
  odd: ["GATED-p3000.localhost", "sb-00000000-p1.localhost", "nowhere.example", "a b", ""],
};
const methods: Choice<string> = {
  usual: ["GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
  odd: ["TRACE", "CONNECT", "PRI", "get"],
};
const versions: Choice<string> = {
  usual: ["HTTP/1.1"],
  odd: ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9", "http/1.1", ""],
};
const bodies: Choice<string> = {
  usual: ["", "{}", '{"command":"x"}', '{"previewAuth":{}}', '{"url":"https://a:b"}', '{"advanceMs":-1}', '{"a'],
  odd: ["[".repeat(20_000), "x".repeat(1024 * 1024 + 1), "\0\xff\r\n\r\nGET / HTTP/1.1\r\n\r\n"],
};
/** Framings of a body, right and wrong: each says what stands in the head and what follows it. */
const framings: Choice<(body: string) => readonly [string[], string]> = {
  usual: [
    (body) => [[`content-length: ${body.length}`], body],
    (body) => [[chunked], `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ],
  odd: [
    (body) => [[], body],
    (body) => [[`content-length: ${body.length + 10}`], body],
    (body) => [["content-length: 1", `content-length: ${body.length}`], body],
    (body) => [[`content-length: ${body.length}`, chunked], `0\r\n\r\n${body}`],
    (body) => [["transfer-encoding: chunked, identity"], `0\r\n\r\n${body}`],
    (body) => [["transfer-encoding: xchunked"], body],
    (body) => [["transfer-encoding : chunked"], `0\r\n\r\n${body}`],
    (body) => [[chunked], `fffffffffffffffff\r\n${body}`],
    (body) => [[chunked], `zz\r\n${body}`],
    (body) => [[chunked], `1;${"x".repeat(20_000)}\r\n${body}`],
    (body) => [[chunked, "trailer: a"], `0\r\na: ${body.slice(0, 100)}\r\n\r\n`],
    (body) => [["content-length: -1"], body],
    (body) => [["content-length: 99999999999999999999"], body],
  ],
};
const moreHeaders: Choice<readonly string[]> = {
  usual: [[], ["connection: close"], ["accept: text/html"]],
  odd: [
    ["expect: 100-continue"],
    ["expect: the-unexpected"],
    ["x-oc-preview-token: wrong"],
    ["authorization: Bearer \xff"],
    ["no colon"],
    [": no name"],
    ["a b: c"],
    ["a: \0"],
    [" folded: x"],
    [`x: ${"y".repeat(20_000)}`],
    Array<string>(2_500).fill("a: b"),
    ["x-request-id: \x7f"],
    ["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAA"],
    ["connection: upgrade", "upgrade: websocket"],
    [...upgrade, "sec-websocket-protocol: ,,"],
    [...upgrade, "sec-websocket-extensions: permessage-deflate; x=\x01"],
  ],
};
const frames = [
  [],
  [0x81, 0x81, 0, 0, 0, 0, 0x78], // text
  [0x89, 0x80, 0, 0, 0, 0], // ping
  [0x88, 0x80, 0, 0, 0, 0], // close
  [0x88, 0x82, 0, 0, 0, 0, 0, 0], // close with a code that is none
  [0x01, 0x81, 0, 0, 0, 0, 0x78], // the first fragment of a text
  [0x80, 0x81, 0, 0, 0, 0, 0x78], // a fragment of nothing
  [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], // no UTF-8
  [0x81, 0x01, 0x78], // unmasked
  [0xf2, 0x80, 0, 0, 0, 0], // reserved bits
  [0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], // two gigabytes to come
  [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // more than there is
  [0x82], // half a frame
].map((bytes) => Buffer.from(bytes));
const lines = [
  "GET",
  "\r\n\r\n",
  "\n\n",
  "GET / HTTP/1.1\nhost: x\n\n",
  "\x16\x03\x01\x02\x00\x01\x00\xff",
  "\0\0\0\0",
];

const bytes = (text: string) => Buffer.from(text, "latin1");
const from = <T>(values: readonly T[]) => fc.constantFrom(...values);
const mostly = <T>({ usual, odd }: Choice<T>) =>
  fc.oneof({ arbitrary: from(usual), weight: 7 }, { arbitrary: from(odd), weight: 1 });

/** Draws conversations that are hostile to the listener of either contract, previews and the control API included. */
export function conversationArbitrary(known: Known): fc.Arbitrary<Conversation> {
  const named = (text: string) =>
    text
      .replace("OPEN", known.open)
      .replace("TERMINAL", known.terminal)
      .replace("GATED", known.gated)
      .replace("MORTAL", known.mortal);
  const request = (contract: ContractName) => {
    const start = fc
      .tuple(mostly(methods), mostly(targets), mostly(versions), mostly(hosts), mostly(moreHeaders))
      .map(([method, target, version, host, odd]) => (framing: readonly string[], body: string) => {
        const first = `${method} ${named(target)} ${version}`;
        const head = [first, `host: ${named(host)}`, `x-api-key: ${keys[contract]}`, ...odd, ...framing, "", ""];
        return bytes(head.join("\r\n") + body);
      });
    const plain = fc
      .tuple(start, mostly(bodies), mostly(framings), fc.constant("content-type: application/json"))
      .map(([write, body, framing, type]) => {
        const [head, framed] = framing(body);
        return write([type, ...head], framed);
      });
    const webSocket = fc
      .tuple(
        mostly(targets),
        mostly(hosts),
        fc.array(from(frames), { maxLength: 4 }),
        mostly({ usual: [""], odd: ["content-length: 4"] }),
      )
      .map(([target, host, sent, length]) => {
        const head = [`GET ${named(target)} HTTP/1.1`, `host: ${named(host)}`, ...upgrade, length].filter(Boolean);
        return Buffer.concat([bytes([...head, "", ""].join("\r\n")), ...sent]);
      });
    const noise = fc.oneof(
      from(lines).map(bytes),
      fc.uint8Array({ maxLength: 200 }).map((noise) => Buffer.from(noise)),
    );
    return fc.oneof(
      { arbitrary: plain, weight: 6 },
      { arbitrary: webSocket, weight: 3 },
      { arbitrary: noise, weight: 1 },
    );
  };
  return from<ContractName>(["recoup", "opencomputer", "opencomputer"]).chain((contract) =>
    fc.record({
      contract: fc.constant(contract),
      requests: fc.array(request(contract), { minLength: 1, maxLength: 4 }),
      cutAt: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      pieces: fc.integer({ min: 1, max: 3 }),
      ending: fc.oneof({ arbitrary: from(endings), weight: 1 }, { arbitrary: from(endings.slice(2)), weight: 1 }),
    }),
  );
}
