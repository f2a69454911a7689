import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contracts, runLaws } from "../conformance/index.ts";
import { chooseLaws, preflight, sweepLedger } from "../conformance/command.ts";
import type { LedgerEntry, RunEvent, Target } from "../conformance/command.ts";
import { told } from "./judge-reference.ts";
import { startOpenComputer } from "./reference/opencomputer.ts";
import type { Running } from "./reference/http.ts";

const pass = "let-me-through-4711";
let server: Running;
let gateway: Running;
let turnedAway = 0;

/** Lets through what carries the header, and answers 403 to the rest, previews and upgrades included. */
async function startGateway(url: string): Promise<Running> {
  const { hostname, port } = new URL(url);
  const gate = createServer((asked, response) => {
    if (asked.headers["x-gateway"] !== pass) {
      turnedAway += 1;
      return void response.writeHead(403).end("who are you?");
    }
    const { method, headers, url: path } = asked;
    const onward = forward({ hostname, port, method, headers, path, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  const close = () => {
    gate.closeAllConnections();
    return new Promise<void>((resolve) => gate.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`, close };
}

beforeAll(async () => {
  server = await startOpenComputer({});
  gateway = await startGateway(server.url);
});
afterAll(() => Promise.all([gateway.close(), server.close()]));

const clock = { now: Date.now };
const contract = contracts.opencomputer;
const targetWith = (headers?: Target["headers"]): Target => ({ ...told.opencomputer, baseUrl: gateway.url, headers });

test("a gateway's header goes with requests, previews and what cleans up, and is shown nowhere", async () => {
  turnedAway = 0;
  const ids = [
    "opencomputer/get/answer-shape",
    "opencomputer/create/gate-with-image",
    "opencomputer/get/credentials-none",
  ];
  const laws = chooseLaws(contract.laws, { law: undefined }).filter(({ id }) => ids.includes(id));
  const events: RunEvent[] = [];
  const recorded: unknown[] = [];
  const target = targetWith({ "x-gateway": pass });
  const options = { clock, contract, target, laws, seed: 1, record: (entry: unknown) => void recorded.push(entry) };
  for await (const event of runLaws(options)) events.push(event);
  const verdicts = events.flatMap((event) => (event.type === "lawFinished" ? [event.outcome.verdict] : []));
  expect(verdicts).toEqual(ids.map(() => "pass"));
  expect(turnedAway).toBe(0);
  expect(recorded.length).toBeGreaterThan(5);
  expect(JSON.stringify([events, recorded])).not.toContain(pass);
});

test("without it the target refuses", async () => {
  await expect(preflight({ clock, contract, target: targetWith() })).rejects.toMatchObject({ code: "TARGET_REFUSED" });
});

test("a sweep sends it, too", async () => {
  turnedAway = 0;
  const entries: LedgerEntry[] = [
    { atMs: Date.now(), type: "intended", create: 1, operation: "createSandbox", by: "own", purpose: "law" },
    { atMs: Date.now(), type: "created", create: 1, ids: ["sb-0123456789ab"] },
  ];
  const sink = { append: () => undefined };
  await sweepLedger({ clock, contract, target: targetWith({ "x-gateway": pass }), entries, sink });
  expect(turnedAway).toBe(0);
});
