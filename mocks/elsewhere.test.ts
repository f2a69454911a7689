import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations as openComputerOperations } from "../generated/opencomputer/operations.ts";
import { operations as recoupOperations } from "../generated/recoup/operations.ts";
import type { Operation } from "../src/contract/operation.ts";
import { type ContractName, contractNames, createMock, type Listener, type Mock } from "./index.ts";
import { notEmulated as openComputerLacks } from "./opencomputer/not-emulated.ts";
import { parseAnswers, sendRaw } from "./raw-socket.fixture.ts";
import { notEmulated as recoupLacks } from "./recoup/not-emulated.ts";

let mock: Mock;
let listeners: Readonly<Record<ContractName, Listener>>;

beforeAll(async () => {
  mock = createMock({ seed: "elsewhere", clockScale: 0 });
  listeners = { recoup: await mock.listen("recoup"), opencomputer: await mock.listen("opencomputer") };
});
afterAll(() => Promise.all(Object.values(listeners).map((listener) => listener.close())));

const keys = { recoup: { "x-api-key": "sandglass-ada" }, opencomputer: { "x-api-key": "sandglass-acme" } } as const;

type Asked = { readonly contract: ContractName; readonly method?: string; readonly headers?: Record<string, string> };

function ask(path: string, { contract, method = "GET", headers = keys[contract] }: Asked): Promise<Response> {
  return fetch(listeners[contract].url + path, { method, headers, redirect: "manual" });
}

describe("what waits for the mock", () => {
  test.each(contractNames)("is answered by %s without a key, and leaves no trace", async (contract) => {
    const before = mock.defaultWorld().snapshot();
    const seen = mock.defaultWorld().journal.seen();
    for (const path of ["/", "/health", "/__sandglass/health", "/?since=now"]) {
      const answer = await ask(path, { contract, headers: {} });
      expect([path, answer.status, await answer.json()]).toEqual([
        path,
        200,
        expect.objectContaining({ status: "ok" }),
      ]);
      const head = await ask(path, { contract, headers: {}, method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      const here = await mock.fetch(contract, new Request(`http://mock${path}`));
      expect(here.status).toBe(200);
    }
    expect(await (await ask("/health", { contract, headers: {} })).json()).toEqual({ status: "ok" }); // the vendor's own words
    expect(mock.defaultWorld().snapshot()).toEqual(before);
    expect(mock.defaultWorld().journal.seen()).toBe(seen);
    expect((await ask("/health", { contract, method: "POST" })).status).toBe(404);
  });
});

const contracts = [
  { contract: "recoup", lacks: recoupLacks, operations: recoupOperations },
  { contract: "opencomputer", lacks: openComputerLacks, operations: openComputerOperations },
] as const;
const lines = (lacks: typeof recoupLacks) =>
  Object.entries(lacks).flatMap(([path, methods]) => methods.map((method) => `${method.toUpperCase()} ${path}`));

describe.each(contracts)("an operation that the mock of $contract lacks", ({ contract, lacks, operations }) => {
  const page = `docs/reference/mock-${contract}.md`;

  test.each(lines(lacks))("%s is answered like a path that is unknown, and says why", async (operation) => {
    const [method = "", template = ""] = operation.split(" ");
    const path = `${template.replaceAll(/\{\w+\}/g, "x")}?path=/`;
    const answer = await ask(path, { contract, method });
    expect([404, 405]).toContain(answer.status);
    expect(answer.headers.get("x-sandglass-reason")).toBe(
      `not-emulated: the vendor has ${operation}, this mock does not: see ${page}`,
    );
    expect(mock.defaultWorld().journal.entries().at(-1)).toMatchObject({
      operation: "",
      reason: { rule: "not-emulated" },
    });
  });

  test("is on the page that the reason names, and all that the page lists are answered so", () => {
    const [, section = ""] = readFileSync(new URL(`../${page}`, import.meta.url), "utf8").split("## Not emulated");
    const listed = [...section.matchAll(/`([A-Z, ]+) (\/[^`]+)`/g)].flatMap(([, methods, path]) =>
      methods!.split(", ").map((method) => `${method} ${path}`),
    );
    expect(listed.sort()).toEqual([...lines(lacks)].sort());
  });

  test("is none that the mock has", () => {
    const has = Object.values<Operation>(operations).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(lines(lacks).filter((line) => has.includes(line))).toEqual([]);
  });
});

// Of every answer that the mock can give: an API's own, one of the control API, and those for what is nowhere.
const places = ["/", "/health", "/__sandglass/health", "/api/sandboxes", "/api/sandboxes/x/logs", "/api/nonsense"];

describe.each(contractNames)("%s answers as it answers a plain request", (contract) => {
  const plain = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: ${keys[contract]["x-api-key"]}\r\n`;
  const send = async (head: string) => {
    const [answer] = parseAnswers(await sendRaw(listeners[contract].port, `${head}connection: close\r\n\r\n`));
    const { status, body, headers } = answer!;
    return { status, body, reason: headers["x-sandglass-reason"], hasId: headers["x-request-id"] !== undefined };
  };

  test.each(places)("one that names the server as well: %s", async (path) => {
    const named = plain(`http://127.0.0.1${path}`).replace("host: 127.0.0.1", "host: elsewhere");
    expect(await send(named)).toEqual(await send(plain(path)));
  });

  test.each(places)("one that asks for a WebSocket where there is none: %s", async (path) => {
    const seen = mock.defaultWorld().journal.seen();
    const answer = await send(plain(path));
    const noted = mock.defaultWorld().journal.seen() - seen;
    expect(await send(`${plain(path)}connection: upgrade\r\nupgrade: websocket\r\n`)).toEqual(answer);
    expect(mock.defaultWorld().journal.seen() - seen).toBe(2 * noted);
  });
});

test("a request that names the server without a path is for its root", async () => {
  const sent = await sendRaw(
    listeners.opencomputer.port,
    "GET http://127.0.0.1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  );
  expect(parseAnswers(sent)[0]).toMatchObject({ status: 200 });
});

test("a preview is reached through the mock as a proxy, by host name and by path", async () => {
  const body = { method: "POST", headers: { ...keys.opencomputer, "content-type": "application/json" }, body: "{}" };
  const created = await fetch(`${listeners.opencomputer.url}/api/sandboxes`, body);
  const { sandboxID: id } = (await created.json()) as { sandboxID: string };
  for (const url of [`http://${id}-p3000.localhost/a?b`, `http://127.0.0.1/__sandglass/preview/${id}/3000/a?b`]) {
    const sent = await sendRaw(
      listeners.opencomputer.port,
      `GET ${url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(JSON.parse(parseAnswers(sent)[0]!.body)).toMatchObject({ sandboxID: id, port: 3000, path: "/a?b" });
  }
});

test("what no document names is unknown and no more", async () => {
  const answer = await ask("/api/nonsense", { contract: "opencomputer" });
  expect(answer.headers.get("x-sandglass-reason")).toBeNull();
});

describe("a request id", () => {
  const elsewhere = [
    ["an unknown path", "GET", "/api/nonsense"],
    ["another method", "PUT", "/api/sandboxes"],
    ["an operation that the mock lacks", "GET", "/api/snapshots"],
    ["an id that is unknown", "GET", "/api/sandboxes/sb-00000000"],
    ["no key", "GET", "/api/sandboxes"],
    ["the preview gate", "GET", "/__sandglass/preview/sb-00000000/3000/"],
  ] as const;

  test.each(elsewhere)(
    "is in OpenComputer's answer to %s, the caller's own where it sent one",
    async (_, method, path) => {
      const drawn = (await ask(path, { contract: "opencomputer", method })).headers.get("x-request-id");
      expect(drawn).toMatch(/^[0-9a-f]{32}$/);
      const again = (await ask(path, { contract: "opencomputer", method })).headers.get("x-request-id");
      expect(again).not.toBe(drawn);
      const headers = { ...keys.opencomputer, "x-request-id": "mine-1" };
      expect((await ask(path, { contract: "opencomputer", method, headers })).headers.get("x-request-id")).toBe(
        "mine-1",
      );
    },
  );

  test("is in the answer of a preview that the gate let through, and in process", async () => {
    const create = {
      method: "POST",
      headers: { ...keys.opencomputer, "content-type": "application/json" },
      body: "{}",
    };
    const created = await fetch(`${listeners.opencomputer.url}/api/sandboxes`, create);
    const { sandboxID } = (await created.json()) as { sandboxID: string };
    const path = `/__sandglass/preview/${sandboxID}/3000/`;
    expect((await ask(path, { contract: "opencomputer" })).headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    const here = await mock.fetch(
      "opencomputer",
      new Request(`http://mock${path}`, { headers: { "x-request-id": "me" } }),
    );
    expect(here.headers.get("x-request-id")).toBe("me");
  });
});

test.each([
  ["a malformed head", "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400],
  ["a Host that cannot be one", "GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400],
  ["headers that are too large", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, 431],
  ["a tunnel", "CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\n\r\n", 405],
])("what is no request has the vendor's headers too, and draws nothing from the world: %s", async (_, sent, status) => {
  const drawn = mock.defaultWorld().random.state();
  const [one, other] = [
    await sendRaw(listeners.opencomputer.port, sent),
    await sendRaw(listeners.opencomputer.port, sent),
  ];
  const [id, next] = [one, other].map((text) => parseAnswers(text)[0]!.headers["x-request-id"]);
  expect([parseAnswers(one)[0]!.status, id]).toEqual([status, expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(next).not.toBe(id);
  expect(mock.defaultWorld().random.state()).toEqual(drawn);
  const recoup = parseAnswers(await sendRaw(listeners.recoup.port, sent))[0]!;
  expect(recoup.headers["access-control-allow-origin"]).toBe("*");
});

describe("a page of another origin", () => {
  const origin = "http://localhost:5173";
  const preflight = {
    origin,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "content-type,x-api-key,x-sandglass-world",
  };
  const corsOf = ({ headers }: Response) => [...headers].filter(([name]) => name.startsWith("access-control-"));

  test("is let in by Recoup alone, as the vendor does, unless it is asked for", async () => {
    for (const path of ["/api/sandboxes", "/api/nonsense"]) {
      expect(corsOf(await ask(path, { contract: "opencomputer", method: "OPTIONS", headers: preflight }))).toEqual([]);
      expect(corsOf(await ask(path, { contract: "opencomputer", headers: { ...keys.opencomputer, origin } }))).toEqual(
        [],
      );
      expect(corsOf(await ask(path, { contract: "recoup", headers: { origin } }))).toHaveLength(3);
    }
    expect(
      (await ask("/api/sandboxes", { contract: "opencomputer", method: "OPTIONS", headers: preflight })).status,
    ).toBe(405);
    expect((await ask("/api/sandboxes", { contract: "recoup", method: "OPTIONS", headers: preflight })).status).toBe(
      200,
    );
  });

  test.each(contractNames)(
    "is let in by %s with `cors`, reads every header, and is kept out of the control API",
    async (contract) => {
      const open = createMock({ cors: true });
      const call = (path: string, method: string, headers: Record<string, string>) =>
        open.fetch(contract, new Request(`http://127.0.0.1:4020${path}`, { method, headers }));
      for (const path of ["/api/sandboxes", "/api/nonsense", "/health"]) {
        const asked = await call(path, "OPTIONS", preflight);
        expect(asked.status).toBe(204);
        expect(Object.fromEntries(asked.headers)).toMatchObject({
          "access-control-allow-origin": "*",
          "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
          "access-control-allow-headers": preflight["access-control-request-headers"],
        });
        const refused = await call(path, "GET", { origin });
        expect(refused.headers.get("access-control-allow-origin")).toBe("*");
        expect(refused.headers.get("access-control-expose-headers")).toBe("*");
      }
      const control = await call("/__sandglass/worlds", "OPTIONS", preflight);
      expect([control.status, corsOf(control)]).toEqual([403, []]);
      const read = await call("/__sandglass/worlds", "GET", { origin });
      expect([read.status, corsOf(read)]).toEqual([403, []]);
    },
  );
});
