import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../conformance/index.ts";
import { registerLaws } from "../conformance/vitest.ts";
import { startMock } from "../mocks/index.ts";
import type { StartedMock } from "../mocks/index.ts";

const keys = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" } as const;
/** What a run has to be told of the mocks, so that no law is left out. */
const told = {
  recoup: {
    otherKey: "sandglass-eve",
    memberAccount: "b0b00000-0000-4000-8000-000000000002",
    foreignAccount: "e7e00000-0000-4000-8000-000000000003",
  },
  opencomputer: { otherKey: "sandglass-globex" },
} as const;
const started: StartedMock[] = [];
let folder = "";

async function mockUrl(contract: keyof typeof keys): Promise<string> {
  const mock = await startMock({ contract, port: 0 });
  started.push(mock);
  return mock.url;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandglass-conform-"));
});
afterAll(async () => {
  await Promise.all(started.map((mock) => mock.close()));
  await rm(folder, { recursive: true, force: true });
});

for (const contract of ["recoup", "opencomputer"] as const) {
  registerLaws(contract, {
    seed: 1,
    failOn: "MAY",
    target: async () => ({ baseUrl: await mockUrl(contract), key: keys[contract], ...told[contract] }),
  });
}

let ledgers = 0;

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

async function conform(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ["src/cli/main.ts", "conform", "--ledger", join(folder, `${(ledgers += 1)}.jsonl`), ...args],
    {
      env: { PATH: process.env["PATH"], ...environment },
    },
  );
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

/** The flags for a mock, with all that it can be told. */
async function mockFlags(contract: keyof typeof keys): Promise<string[]> {
  const url = await mockUrl(contract);
  const { otherKey, ...accounts } = told[contract];
  const { memberAccount, foreignAccount } = { memberAccount: "", foreignAccount: "", ...accounts };
  return [
    ...[contract, "--url", url, "--key", keys[contract], "--other-key", otherKey],
    ...(memberAccount === "" ? [] : ["--member-account", memberAccount, "--foreign-account", foreignAccount]),
  ];
}

async function withServer<Result>(answer: RequestListener, use: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Answers everything alike. */
function always(status: number, body: string): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };
}

describe("sandglass conform", () => {
  test("a mock holds: exit 0, a line for each law where they are wanted, a summary, a report", async () => {
    const flags = await mockFlags("opencomputer");
    const json = join(folder, "held.json");
    const { code, out, err } = await conform([...flags, "--verbose", "--json", json]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^✓ opencomputer\/create\/answer-shape {2}MUST answer a valid create/m);
    expect(out).toMatch(/^\d+ not judged, 0 broken, \d+ passed$/m);
    const report = JSON.parse(await readFile(json, "utf8")) as Report;
    expect(report).toMatchObject({ version: 1, contract: "opencomputer", target: flags[2], ledger: { leaked: [] } });
    expect(report.ledger.created).toBeLessThanOrEqual(50); // what the laws take, and 10 more
    const left = report.laws.filter(({ verdict }) => verdict !== "pass").map(({ reason }) => reason ?? "");
    const isNamed = (reason: string) =>
      reason === "it needs the most sandboxes that may run at once" ||
      reason.includes('the profile "deployment"') ||
      reason.includes("not named as harmless");
    expect(left.filter((reason) => !isNamed(reason))).toEqual([]);
  }, 120_000);

  test("both contracts are judged in one run, each with its own URL and key", async () => {
    const urls = [`recoup=${await mockUrl("recoup")}`, `opencomputer=${await mockUrl("opencomputer")}`];
    const given = ["--key", `recoup=${keys.recoup}`, "--key", `opencomputer=${keys.opencomputer}`];
    const { code, out } = await conform([
      "all",
      "--url",
      urls[0]!,
      "--url",
      urls[1]!,
      ...given,
      "--law",
      "*/create/unique-ids",
    ]);
    expect(code).toBe(0);
    expect(out.match(/^0 not judged, 0 broken, 1 passed$/gm)).toHaveLength(2);
  });

  test("the key may come from the environment", async () => {
    const url = await mockUrl("recoup");
    const { code } = await conform(["recoup", "--url", url, "--law", "recoup/list/*"], { SANDGLASS_KEY: keys.recoup });
    expect(code).toBe(0);
  });

  test("a server that answers everything with 200 {} is broken: exit 1, with a way to see it again", async () => {
    const json = join(folder, "broken.json");
    const secret = "canary-4711-key";
    const { code, out, err } = await withServer(always(200, "{}"), (url) =>
      conform(["opencomputer", "--url", url, "--key", secret, "--json", json, "--seed", "5"]),
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ MUST opencomputer\/create\/answer-shape/m);
    expect(out).toMatch(/^ {2}again {4}npx sandglass conform .*--law opencomputer\/\S+ --seed 5 --path \d+(:\d+)+$/m);
    const report = await readFile(json, "utf8");
    expect(out + err + report).not.toContain(secret);
    expect(report).toContain("$SANDGLASS_KEY");
  });

  test("a run keeps every exchange that it was told to, without the key, and waits until the target is up", async () => {
    const url = await mockUrl("opencomputer");
    const [har, ndjson] = [join(folder, "run.har"), join(folder, "run.ndjson")];
    const chosen = ["--operation", "killSandbox", "--exclude", "**/credentials-*", "--law", "opencomputer/kill/*"];
    const args = ["opencomputer", "--url", url, "--key", keys.opencomputer, ...chosen, "--wait-for", "5"];
    const { code, err } = await conform([...args, "--record", `har=${har},ndjson=${ndjson}`]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const text = await readFile(har, "utf8");
    const { entries } = (JSON.parse(text) as { readonly log: { readonly entries: readonly { comment: string }[] } })
      .log;
    const lines = (await readFile(ndjson, "utf8")).trimEnd().split("\n");
    const parsed = lines.map(
      (line) => JSON.parse(line) as { readonly number: number; readonly operation: string; readonly kind: string },
    );
    // Those that are sent at once stand in the order of their answers.
    const numbers = parsed.map(({ number }) => number).toSorted((one, other) => one - other);
    expect(numbers).toEqual(parsed.map((_, index) => index + 1));
    expect(entries.length).toBe(parsed.filter(({ kind }) => kind !== "clock").length); // an archive has no moves of a clock
    expect(parsed.some(({ operation }) => operation === "killSandbox")).toBe(true);
    expect(text + lines.join("")).not.toContain(keys.opencomputer);
  });

  test("a baseline makes a run red for news only, and takes out what holds", async () => {
    const file = join(folder, "baseline.json");
    const judge = (url: string, key: string, ...more: readonly string[]) =>
      conform([
        ...["opencomputer", "--url", url, "--key", key, "--law", "opencomputer/create/broken-timeout"],
        ...["--seed", "5", "--baseline", file, ...more],
      ]);
    const broken = always(201, '{"sandboxID":"sb-1"}');
    const breachesIn = async () => (JSON.parse(await readFile(file, "utf8")) as { breaches: unknown[] }).breaches;
    await withServer(broken, async (url) => {
      expect((await judge(url, "key-4711")).code).toBe(2); // there is none yet
      expect((await judge(url, "key-4711", "--update-baseline")).code).toBe(1);
      expect(await breachesIn()).toHaveLength(1);
      const again = await judge(url, "key-4711");
      expect(again.out).toContain("known, by baseline");
    });
    expect((await judge(await mockUrl("opencomputer"), keys.opencomputer, "--update-baseline")).code).toBe(0);
    expect(await breachesIn()).toEqual([]);
  });

  test("a law is explained with its clause, an exchange of each kind, and its faults", async () => {
    const child = spawn(process.execPath, ["src/cli/main.ts", "explain", "opencomputer/create/malformed-json"]);
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    await new Promise((resolve) => child.on("close", resolve));
    expect(out).toMatch(/^ {2}A server MUST /m);
    expect(out).toMatch(/^ {2}Source: #\/paths\S+ \(specs\/opencomputer\/openapi\.yaml:\d+\)$/m);
    expect(out).toMatch(/keeps it:\n {4}> POST \/api\/sandboxes .*\n {4}< 400 /);
    expect(out).toMatch(
      /breaks it \(the mock with the fault malformed-json-accepted\):\n {4}> POST \/api\/sandboxes .*\n {4}< 201 /,
    );
    expect(out).toContain("Faults of the mock that show it: malformed-json-accepted (a mock that");
  });

  test("a finding of Prism is explained, too, with what tells it", () => {
    const { stdout } = spawnSync(process.execPath, ["src/cli/main.ts", "explain", "opencomputer/create/prism-answer"], {
      encoding: "utf8",
    });
    expect(stdout).toMatch(/^ {2}A server SHOULD give createSandbox answers [^]*Told by sandglass proxy/m);
  });

  test("one counterexample is replayed alone", async () => {
    const { code, out } = await withServer(always(201, '{"sandboxID":"sb-1"}'), (url) =>
      conform([
        "opencomputer",
        "--url",
        url,
        "--key",
        "k-1",
        "--law",
        "*/create/broken-timeout",
        "--seed",
        "5",
        "--path",
        "0:0",
      ]),
    );
    expect(code).toBe(1);
    expect(out).toContain('"keyword":"minimum"');
    expect(out).toMatch(/^0 not judged, 1 broken, 0 passed$/m);
  });

  test("a server that is not there: one line with URL, cause and what to do, exit 2", async () => {
    const { code, out, err } = await conform(["opencomputer", "--url", "http://127.0.0.1:1", "--key", "k-1"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^sandglass: http:\/\/127\.0\.0\.1:1 does not answer \([^\n]+\): start the server[^\n]*\n$/);
  });

  test("a server that closes the connection is not there either", async () => {
    const { code, err } = await withServer(
      (request) => request.socket.destroy(),
      (url) => conform(["recoup", "--url", url, "--key", "k-1"]),
    );
    expect(code).toBe(2);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a key that is refused: one line, exit 2, and the key is not in it", async () => {
    const url = await mockUrl("recoup");
    const { code, err } = await conform(["recoup", "--url", url, "--key", "canary-4711-key"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `sandglass: ${url} refuses the key with 401: give one that it knows\n`,
    });
  });

  test.each<[string, readonly string[], RegExp]>([
    ["a law that there is not", ["recoup", "--url", "http://h", "--key", "k", "--law", "x"], /no law's id fits "x"/],
    ["a path without its law", ["recoup", "--url", "http://h", "--key", "k", "--path", "0:0"], /name it with --law/],
    ["an unknown flag", ["recoup", "--ur", "http://h"], /unknown option '--ur'/],
  ])("%s: exit 2 and what to do", async (_, args, message) => {
    const { code, out, err } = await conform(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });

  test.each([
    ["at once", 0, [], "one by one"],
    ["late", 150, [], "up to 8 laws would be judged side by side"],
    ["late, and told to be judged by two", 150, ["--concurrency", "2"], "up to 2 laws would be judged side by side"],
  ] as const)("a target that answers %s", async (_, ms, flags, said) => {
    const faults = ms === 0 ? [] : [{ id: "latency", options: { ms } }];
    const mock = await startMock({ contract: "recoup", port: 0, faults });
    started.push(mock);
    const { out } = await conform(["recoup", "--url", mock.url, "--key", keys.recoup, "--plan", ...flags]);
    expect(out).toContain(said);
  });

  test("a plan says what a run would cost and leave out, and creates nothing", async () => {
    const url = await mockUrl("opencomputer");
    const { code, out } = await conform(["opencomputer", "--url", url, "--key", keys.opencomputer, "--plan"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^opencomputer: \d+ laws would be judged, \d+ would not$/m);
    expect(out).toMatch(/^ {2}\d+ sandboxes would be created/m);
    expect(out).toMatch(/^ {2}\d+ more may go into random sequences/m);
    expect(out).toMatch(/it needs the key of a second tenant; enable it with --other-key$/m);
    const listed = await fetch(`${url}/api/sandboxes`, { headers: { "x-api-key": keys.opencomputer } });
    expect(await listed.json()).toEqual([]);
  });

  test("what was left out is red where all is required", async () => {
    const url = await mockUrl("recoup");
    const args = ["recoup", "--url", url, "--key", keys.recoup, "--law", "recoup/*/foreign-account"];
    expect((await conform(args)).code).toBe(2); // nothing was judged
    expect((await conform([...args, "--require-all"])).code).toBe(1);
  });

  test("a waived breach is not red, a stale waiver is", async () => {
    const entry = { law: "opencomputer/create/broken-timeout", reason: "known", owner: "ada", expires: "2999-12-31" };
    const file = join(folder, "waivers.json");
    await writeFile(file, JSON.stringify({ waivers: [entry] }));
    const judge = (url: string, key: string) =>
      conform(["opencomputer", "--url", url, "--key", key, "--law", entry.law, "--waivers", file]);
    const waived = await withServer(always(201, '{"sandboxID":"sb-1"}'), (url) => judge(url, "key-4711"));
    expect(waived.out).toMatch(/waived by ada until 2999-12-31: known/);
    expect(waived.out).toMatch(/^0 not judged, 0 broken, 1 waived, 0 passed$/m);
    const stale = await judge(await mockUrl("opencomputer"), keys.opencomputer);
    expect(stale.code).toBe(1);
    expect(stale.out).toMatch(/the waiver of opencomputer\/create\/broken-timeout \(ada\) is stale: the law holds now/);
  });

  test("a MUST that the budget does not reach makes the run one that cannot be trusted", async () => {
    const url = await mockUrl("opencomputer");
    const args = ["--url", url, "--key", keys.opencomputer, "--law", "opencomputer/kill/spares-others"];
    const { code, out } = await conform(["opencomputer", ...args, "--max-creates", "1"]);
    expect(code).toBe(2);
    expect(out).toMatch(
      /^ {2}1, 1 of them MUST: budget: the budget of 1 creates is spent.*: allow more with --max-creates$/m,
    );
  });

  test("in a world of its own a run needs no key, and moves no other clock: the world is gone at the end", async () => {
    const url = await mockUrl("opencomputer");
    const mock = started.at(-1)!;
    const file = join(folder, "own-world.json");
    const { code, out } = await conform([
      ...["opencomputer", "--url", url, "--own-world", "--law", "opencomputer/create/timeout-*"],
      ...["--report", `json=${file}`],
    ]);
    const { laws } = JSON.parse(await readFile(file, "utf8")) as Report;
    const commands = laws.map(({ reproduce }) => reproduce.command);
    expect(commands).not.toEqual([]);
    for (const command of commands) expect(command).toMatch(/^(?!.*--key).* --own-world /);
    expect({ code, verdict: out.trimEnd().split("\n").at(-1) }).toMatchObject({ code: 0 });
    expect(out).toMatch(/clock was moved \d{3,} s ahead/);
    expect([...mock.universe.worlds()].map(({ id }) => id)).toEqual(["default"]);
    // Requests without a key that any world knows are all that the default one has seen, and it refused them.
    expect(
      mock
        .defaultWorld()
        .journal.entries()
        .filter(({ status }) => status < 400),
    ).toEqual([]);
    expect(mock.defaultWorld().clock.now() - Date.now()).toBeLessThan(1_000);
  });

  test("--own-world is for a mock", async () => {
    const { code, err } = await withServer(always(404, "{}"), (url) =>
      conform(["recoup", "--url", url, "--own-world"]),
    );
    expect(code).toBe(2);
    expect(err).toMatch(
      /^sandglass: \S+ makes no world \(404\): --own-world is for a mock of Sandglass; elsewhere say /,
    );
  });

  test("there are colours where they are asked for, and none in a pipe", async () => {
    const args = ["recoup", "--url", await mockUrl("recoup"), "--key", keys.recoup, "--law", "recoup/list/unknown-id"];
    expect((await conform(args, { FORCE_COLOR: "1" })).out).toContain("\u001b[32m✓\u001b[39m ");
    expect((await conform(args)).out).not.toContain("\u001b[");
  });
});
