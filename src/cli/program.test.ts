import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { formatReports } from "../../conformance/index.ts";
import { reportFixture } from "../../conformance/kit/report/content/report.fixture.ts";
import { contracts } from "../../mocks/index.ts";
import { createProgram, runProgram } from "./program.ts";

/** A port that is taken, by a server that hangs up on all that comes. */
const taken = createServer((socket) => socket.destroy());
const folder = mkdtempSync(join(tmpdir(), "sandglass-cli-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(async () => {
  await once(taken.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv("SANDGLASS_KEY", undefined);
  vi.stubEnv("SANDGLASS_OTHER_KEY", undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

/** Runs a command line; what it writes, and the exit code. */
// A command listens for the end of its reader as long as its process lives, which is all that it runs in.
process.stdout.setMaxListeners(1000);

async function run(args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  vi.spyOn(console, "error").mockImplementation((text) => void err.push(`${text}\n`));
  vi.spyOn(console, "log").mockImplementation((text) => void out.push(`${text}\n`));
  const code = (await runProgram(args)) ?? process.exitCode;
  vi.restoreAllMocks();
  return { code, out: out.join(""), err: err.join("") };
}

const target = ["--url", "http://127.0.0.1:5", "--key", "k"];
const conform = ["conform", "recoup", ...target];
const mock = ["mock", "recoup", "--port", "0"];
const broken = file("broken.json", "{");
const empty = file("empty.json", "{}");
const missing = join(folder, "missing.json");
const ledgerLine = (target: string, pid: number) =>
  `${JSON.stringify({ type: "run", version: 1, contract: "recoup", target, startedAt: "", pid })}\n`;
const ledgerFile = file("ledger.jsonl", ledgerLine("http://a", 1));
const otherLedger = file("other.jsonl", ledgerLine("http://b", 2));
const brokenLedger = file("broken.jsonl", `${ledgerLine("http://a", 3)}{\n`);
const reportFile = file("report.json", formatReports("json", [reportFixture()]));
const url = "https://files.example/a.json";
const port = () => String((taken.address() as AddressInfo).port);

type Case = readonly [args: readonly string[] | (() => readonly string[]), message: RegExp];

const noFile = (label: string) => new RegExp(`^${label} \\S+missing\\.json: there is no such file: check the path$`);
const isUrl = (label: string) => new RegExp(`^${label} https://\\S+: this is a URL: save it as a file, and name that$`);
const isFolder = (label: string) => new RegExp(`^${label} \\S+: this is a folder: name a file in it$`);
const fileCases = (args: readonly string[], label: string): readonly Case[] => [
  [[...args, missing], noFile(label)],
  [[...args, url], isUrl(label)],
  [[...args, folder], isFolder(label)],
  [[...args, ""], /: the name is empty: name a file$/],
];

const cases: readonly Case[] = [
  // Commands and flags that there are not.
  [["mok"], /^unknown command 'mok' \(Did you mean mock\?\) \(--help/],
  [["--verson"], /^unknown option '--verson' \(Did you mean --version\?\)/],
  [["mock", "--prot", "5"], /^unknown option '--prot' \(Did you mean --port\?\)/],
  [["conform"], /^missing required argument 'contract'/],
  [["conform", "recoup", "extra", ...target], /^too many arguments for 'conform'/],
  [["conform", "recop", ...target], /^there is no contract "recop": it is recoup, opencomputer or all$/],
  [["conform", "recoup", "--key"], /^option '--key <key>' argument missing/],
  [["replay"], /^missing required argument 'report'/],
  [["sweep"], /^missing required argument 'ledger'/],
  [["generate"], /^required option '--spec <\S+>' not specified/],
  // mock
  [["mock", "recop"], /^there is no contract "recop": it is recoup, opencomputer or all$/],
  [["mock", "--port", "0"], /^--port is for one contract: name it, as in sandglass mock recoup --port 5000$/],
  [["mock", "all", "--port", "0"], /^--port is for one contract/],
  [[...mock, "--recoup-port", "0"], /^--port and --recoup-port are the same here: give one of them$/],
  [[...mock, "--as", "prodution"], /^there is no profile "prodution": did you mean "production"\?$/],
  [[...mock, "--as", "edge"], /^"edge" is a profile of opencomputer, and what is started is recoup$/],
  [[...mock, "--opencomputer-port", "0"], /^--opencomputer-port is for opencomputer, and what is started is recoup/],
  ...["-1", "65536", "x", "1.5", ""].map((text): Case => [
    ["mock", "recoup", "--port", text],
    /'--port <port>'.*0 to 65535/,
  ]),
  [["mock", "--recoup-port", "x"], /'--recoup-port <port>'.*0 to 65535/],
  [["mock", "--opencomputer-port", "x"], /'--opencomputer-port <port>'.*0 to 65535/],
  [
    () => ["mock", "recoup", "--port", port()],
    /^127\.0\.0\.1:\d+ is in use: stop .*, or choose another port with --recoup-port$/,
  ],
  [
    () => ["mock", "--recoup-port", "0", "--opencomputer-port", port()],
    /^127\.0\.0\.1:\d+ is in use: stop .*, or choose another port with --opencomputer-port$/,
  ],
  [
    [...mock, "--host", "nope.invalid"],
    /^nope\.invalid is no address of this machine \(\w+\): choose another with --host$/,
  ],
  [[...mock, "--host", "192.0.2.1"], /^192\.0\.2\.1 is no address of this machine \(EADDRNOTAVAIL\)/],
  [[...mock, "--host", ""], /'--host <address>'.*host name or address alone/],
  [[...mock, "--host", "http://localhost"], /'--host <address>'.*host name or address alone/],
  [[...mock, "--seed", ""], /'--seed <text>'.*not blank/],
  [[...mock, "--clock-scale", "-1"], /'--clock-scale <number>'.*at least 0/],
  [["mock", "--exec", "maybe"], /'--exec <how>'.*shell, or off/],
  [["mock", "--quota", "many"], /'--quota <number>'.*whole number/],
  [[...mock, "--quota", "1"], /^--quota is for opencomputer, and what is started is recoup: name it too$/],
  [
    [...mock, "--preview", "sb-1f0c9a2e:3000=http://127.0.0.1:1"],
    /^--preview is for opencomputer, and what is started is recoup/,
  ],
  [[...mock, "--preview-domain", "x.test"], /^--preview-domain is for opencomputer, and what is started is recoup/],
  [[...mock, "--preview-keeps-token"], /^--preview-keeps-token is for opencomputer, and what is started is recoup/],
  [["mock", "opencomputer", "--boot-latency", "1"], /^--boot-latency is for recoup, and what is started is opencomp/],
  [[...mock, "--fault", "killed-comes-back"], /^--fault killed-comes-back is for opencomputer, and what is started/],
  [[...mock, "--fault", "C5:times=1"], /^--fault C5 is for opencomputer, and what is started is recoup: name it too$/],
  [[...mock, "--boot-latency", "1s"], /'--boot-latency <ms>'.*whole number/],
  ...["x", "0=http://h", "65536=http://h", "3000=ftp://h", "3000=http://"].map((text): Case => [
    [...mock, "--preview", text],
    /'--preview <port=url>'.*a port and a URL/,
  ]),
  [[...mock, "--preview-domain", "a/b"], /'--preview-domain <domain>'.*host name/],
  [[...mock, "--webhook", "x"], /'--webhook <origin=url>'.*an origin and a URL/],
  [[...mock, "--state", "postgres://h"], /^state: sqlite:FILE or redis:\/\/HOST is due$/],
  [
    [...mock, "--state", "redis://127.0.0.1:1"],
    /^state in redis:\/\/127\.0\.0\.1:1: it cannot be used \(.*ECONNREFUSED/,
  ],
  [[...mock, "--state", "redis://[h"], /^state: this is no address of a Redis: redis:\/\/HOST:PORT\/DATABASE is due$/],
  [[...mock, "--advertise", "h"], /^--advertise is for replicas: name their Redis with --state$/],
  [
    [...mock, "--state", "redis://h", "--advertise", "h/x"],
    /'--advertise <host>' .* It is a host name or address alone/,
  ],
  [[...mock, "--state", `sqlite:${empty}`], /^state file \S+empty\.json: it is damaged: put it aside/],
  [[...mock, "--control-token", "short"], /'--control-token <token>'.*16 characters/],
  [[...mock, "--log", "xml"], /'--log <format>' argument 'xml' is invalid\. Allowed choices are pretty, json\./],
  [[...mock, "--fault", "zz"], /^faults\.0\.id: there is no fault "zz"/],
  [[...mock, "--fault", "A3:times=x"], /times is a number, not "x"/],
  [[...mock, "--fault", "A3:operation=nope"], /there is no operation "nope"/],
  ...fileCases([...mock, "--config"], "--config"),
  [
    [...mock, "--as", "nope"],
    /^there is no profile "nope": there are contract, production, edge, cell, or the id of one difference/,
  ],
  [[...mock, "--config", broken], /^--config \S+: this is not JSON: /],
  [
    [...mock, "--config", file("throws.js", "throw new Error('my own')")],
    /^--config \S+: this cannot be imported: my own$/,
  ],
  [
    [...mock, "--config", file("unknown.json", '{"prots":1}')],
    /unknown\.json is not a configuration of the mock:\s+.*prots/,
  ],
  // conform
  [["conform", "recoup", "--key", "k"], /^where does recoup listen\? Say --url URL$/],
  [[...conform, "--own-world"], /^--own-world has keys of its own: leave --key out$/],
  [
    ["conform", "recoup", "--url", "http://127.0.0.1:5", "--own-world"],
    /^http:\/\/127\.0\.0\.1:5 does not answer: start the mock, or mend the URL$/,
  ],
  [["conform", "recoup", "--url", "http://h"], /^which key for recoup\? Say --key KEY, or set SANDGLASS_KEY$/],
  [
    ["conform", "recoup", "--url", "nonsense", "--key", "k"],
    /^the URL of a target is http:\/\/ or https:\/\/ with a host/,
  ],
  [["conform", "recoup", "--url", "ftp://h", "--key", "k"], /^the URL of a target is http/],
  [["conform", "recoup", "--url", "http://u:p@h", "--key", "k"], /holds no password$/],
  [[...conform, "--cert", missing], /^--cert \S+missing\.json: there is no such file: check the path$/],
  [[...conform, "--cert-key", empty], /^--cert-key of which certificate\? Say --cert FILE$/],
  [
    [...conform, "--cert", empty, "--cert-key", empty],
    /^--cert, --cert-key, --ca: write PEM files, .*PEM_NO_START_LINE$/,
  ],
  [[...conform, "--ca", empty], /^--cert, --cert-key, --ca: write PEM files, .*PEM_NO_START_LINE$/],
  [conform, /^http:\/\/127\.0\.0\.1:5 does not answer \(connect ECONNREFUSED .*start the server, or mend the URL$/],
  [[...conform, "--member-account", "x"], /^--member-account "x": write a UUID$/],
  [[...conform, "--foreign-account", ""], /^--foreign-account "": write a UUID$/],
  ...fileCases([...conform, "--config"], "--config"),
  [[...conform, "--config", broken], /^--config \S+: this is not JSON: /],
  [
    [...conform, "--config", file("keys.json", '{"recoup":{"key":"k"}}')],
    /keys\.json: \/recoup: .*key.*keys come from --key/,
  ],
  [[...conform, "--profile", "all"], /^--profile all: it is core, deployment or full$/],
  ...["[", "", "recoup/(", "*\\"].map((text): Case => [
    [...conform, "--law", text],
    /^no law's id fits ".*": ids look like/,
  ]),
  [[...conform, "--fail-on", "all"], /^--fail-on all: it is must, should or may$/],
  [[...conform, "--seed", "x"], /^--seed x: write a whole number/],
  [
    [...conform, "--path", "x", "--law", "recoup/list/answer-shape"],
    /^--path "x": copy it from a finding, such as 3:1:0$/,
  ],
  [[...conform, "--path", "0:1"], /^--path belongs to one law: name it with --law$/],
  ...["--max-creates", "--max-alive", "--max-wait"].map((flag): Case => [
    [...conform, flag, "-1"],
    new RegExp(`^${flag} -1: write a whole number`),
  ]),
  [[...conform, "--concurrency", "0"], /^--concurrency 0: write a whole number, at least 1$/],
  ...["--max-minutes", "--rate"].map((flag): Case => [
    [...conform, flag, "0"],
    new RegExp(`^${flag} 0: write a number`),
  ]),
  [[...conform, "--clock", "fast"], /^--clock fast: it is auto, control, wait or none$/],
  [[...conform, "--preview-domain", "http://h"], /^--preview-domain "http:\/\/h": write a host name/],
  [[...conform, "--webhook-url", "h:1"], /^--webhook-url "h:1": write a URL of http or https$/],
  [[...conform, "--webhook-port", "0"], /^--webhook-port 0: write a whole number, at least 1$/],
  [[...conform, "--preview-via", "h:1"], /^--preview-via "h:1": write a URL of http or https$/],
  ...fileCases([...conform, "--waivers"], "--waivers"),
  [[...conform, "--waivers", broken], /^--waivers \S+: this is not JSON: /],
  [[...conform, "--waivers", "preset:nope"], /^there is no preset "nope" of waivers: there are /],
  [[...conform, "--shard", "3/2"], /^--shard 3\/2: write which of how many, such as 1\/3$/],
  [[...conform, "--shard", "x"], /^--shard x: write which of how many/],
  [[...conform, "--report", "nope"], /^--report nope: write a form and a file, such as json=report\.json/],
  [[...conform, "--report", `pdf=${missing}`], /^--report pdf=\S+: write a form and a file/],
  [[...conform, "--report", `json=${folder}`], /cannot be written: name a file in a folder that exists$/],
  [[...conform, "--json", join(missing, "a")], /cannot be written: name a file in a folder that exists$/],
  [[...conform, "--header", "x"], /^--header, number 1: write NAME:VALUE/],
  [[...conform, "--exclude", "["], /^no law's id fits "\[": ids look like/],
  [[...conform, "--operation", "nope"], /^no law is about an operation "nope": there are /],
  [[...conform, "--max-failures", "0"], /^--max-failures 0: write a whole number, at least 1$/],
  [[...conform, "--wait-for", "x"], /^--wait-for x: write a number above 0$/],
  [[...conform, "--baseline", missing], /cannot be read: write it with --update-baseline$/],
  [[...conform, "--record", "nope"], /^--record nope: write a form and a file, such as har=run\.har/],
  [[...conform, "--record", `har=${folder}`], /cannot be written: name a file in a folder that exists$/],
  [["explain", "nope"], /^there is no law "nope": docs\/reference\/laws\.md lists them/],
  // check
  [["check"], /^missing required argument 'contract'/],
  [["check", "recoup"], /^missing required argument 'file'/],
  [["check", "all", empty], /^there is no contract "all": it is recoup or opencomputer$/],
  ...fileCases(["check", "recoup"], "the recording"),
  [["check", "recoup", empty, empty], /empty\.json is named twice: its requests would count twice$/],
  [["check", "recoup", empty, "--base-url", "h"], /^--base-url "h": write a URL of http or https$/],
  [["check", "recoup", empty, "--host", "http://h"], /^--host "http:\/\/h": write a host name, and a port/],
  [["check", "recoup", empty, "--law", "nope"], /^no law's id fits "nope": ids look like/],
  [["check", "recoup", empty, "--fail-on", "all"], /^--fail-on all: it is must, should or may$/],
  [["check", "recoup", empty, "--lists-lag", "2s"], /^--lists-lag 2s: write a whole number, at least 0$/],
  [["check", "recoup", empty, "--update-baseline"], /^--update-baseline of which\? Say --baseline FILE$/],
  // proxy, and Prism's mock
  [["proxy", "recoup"], /^required option '--target <url>' not specified/],
  [["proxy", "recop", "--target", "http://h"], /^there is no contract "recop": it is recoup or opencomputer$/],
  [["proxy", "recoup", "--target", "http://h/api"], /^--target http:\/\/h\/api: write http:\/\/HOST/],
  [["proxy", "recoup", "--target", "http://h", "--port", "x"], /'--port <port>'.*0 to 65535/],
  [["proxy", "recoup", "--target", "http://h", "--host", "nope.invalid"], /^nope\.invalid:4040 cannot be listened on/],
  [["proxy", "recoup", "--target", "http://h", "--report", "nope"], /^--report nope: write a form and a file/],
  [["proxy", "recoup", "--target", "http://h", "--waivers", broken], /^--waivers \S+: this is not JSON: /],
  ...fileCases(["mock", "--static"], "--static"),
  [["mock", "recoup", "--static", empty], /^--static mocks \S+empty\.json: name no contract with it$/],
  [["mock", "--static", empty], /^--static \S+empty\.json: /],
  // init and doctor
  [["init"], /^missing required argument 'contract'/],
  [["init", "recop"], /^command-argument value 'recop' is invalid.*Allowed choices are recoup, opencomputer/],
  [
    ["init", "recoup", "--ci", "jenkins"],
    /'--ci <name>' argument 'jenkins' is invalid\. Allowed choices are github, gitlab/,
  ],
  [["init", "recoup", "--dir", missing], /package\.json: there is none: run npm init -y first/],
  [["doctor", "recop"], /^command-argument value 'recop' is invalid/],
  // merge
  [["merge", reportFile], /^what is to be written of the reports\? Say --report html=report\.html$/],
  [["merge", ledgerFile], /^where are the ledgers to be written\? Say --ledger all\.jsonl$/],
  [
    ["merge", ledgerFile, otherLedger, "--ledger", folder],
    /is of the target http:\/\/b, and \S+ of http:\/\/a: merge those of one$/,
  ],
  [["merge", ledgerFile, ledgerFile, "--ledger", folder], /are of one run: name one of them$/],
  [["merge", brokenLedger, "--ledger", folder], /^line 2 of \S+ is none that a run writes: mend it or take it out/],
  [["merge", ledgerFile, "--ledger", folder], /^the ledger \S+ cannot be written \(it is a folder\)/],
  [["merge", empty, "--report", "nope"], /^--report nope: write a form and a file, such as html=report\.html/],
  [["merge", missing, "--report", "json=-"], /^the report \S+: there is no such file/],
  [["merge", empty, "--report", "json=-"], /empty\.json is no report/],
  // replay and sweep
  ...fileCases(["replay"], "the report"),
  [["replay", broken], /broken\.json/],
  [["replay", empty], /empty\.json/],
  ...fileCases(["sweep"], "the ledger"),
  [["sweep", empty], /empty\.json is no ledger: its first line does not say so$/],
  // generate
  ...fileCases(["generate", "--out", folder, "--spec"], "--spec").filter(
    ([, message]) => !message.test(`--spec ${url}: this is a URL: save it as a file, and name that`),
  ),
  [
    ["generate", "--out", folder, "--spec", url],
    /: this is an address in the network: add --fetch to load it from there$/,
  ],
  ...fileCases(["generate", "--out", folder, "--spec", empty, "--overlay"], "--overlay"),
  // self-test
  [["self-test", "recop"], /^there is no contract "recop": it is recoup, opencomputer or all$/],
  [["self-test", "--seeds", "0"], /^--seeds 0: write a whole number from 1 to 1000$/],
  [["self-test", "--fault", "zz"], /^there is no fault "zz": sandglass mock --list-faults names them$/],
];

test.each(
  cases.map(
    ([args, message]) =>
      [typeof args === "function" ? "(a port that is taken)" : args.join(" "), args, message] as const,
  ),
)("sandglass %s", async (_, args, message) => {
  const { code, out, err } = await run(typeof args === "function" ? args() : args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^sandglass: [^\n]+(\n {2}[^\n]+)?\n$/); // one line; a configuration's faults have theirs
  expect(err.slice("sandglass: ".length).trimEnd()).toMatch(message);
  expect(err).not.toMatch(/\.ts:\d+|^\s+at /m);
});

test("each flag with a value is in the table, but for those that take any text", async () => {
  const anyText = ["--other-key", "--url", "--key", "--ledger"];
  const used = new Set(cases.flatMap(([args]) => (typeof args === "function" ? args() : args)));
  const flags = (await createProgram(contracts)).commands.flatMap((command) =>
    command.options.filter((option) => option.required || option.optional).map(({ long }) => long ?? ""),
  );
  expect(flags.length).toBeGreaterThan(40);
  // Those of replay are read by the same code as conform's.
  expect(flags.filter((flag) => !used.has(flag) && !anyText.includes(flag) && flag !== "--allow-refs")).toEqual([]);
});

test.each(["-v", "--version"])("%s is the version", async (flag) => {
  const { code, out } = await run([flag]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});

test("--help is no error, and names what mock takes", async () => {
  const { code, out } = await run(["mock", "--help"]);
  expect(code).toBe(0);
  expect(out).toMatch(/Usage: sandglass mock \[options\] \[contract\.\.\.\]/);
});

test("a server that speaks no TLS is told as one", async () => {
  const plain = createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await once(plain.listen(0, "127.0.0.1"), "listening");
  const address = `https://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const { code, err } = await run(["conform", "recoup", "--url", address, "--key", "sandglass-ada"]);
  expect(code).toBe(2);
  expect(err).toMatch(
    /does not answer \(what listens there speaks no TLS: write http:\/\/; ERR_SSL_\w+\): start the server/,
  );
  plain.close();
});
