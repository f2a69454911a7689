import { installOtherMocks } from "./other-mocks.ts";
import {
  type Asked,
  type Contestant,
  create,
  createBody,
  measureLoad,
  type Measured,
  median,
  startContestant,
  stopContestant,
} from "./measure.ts";
import { costs, print, printRatio, rates, spread } from "./print.ts";

/** What one row asks of each contestant, and which ratios it gives. */
type Row = {
  readonly name: string;
  readonly asked: Readonly<Record<string, Asked>>;
  readonly ratios: readonly (readonly [above: string, below: string, aim: string])[];
};

/**
 * Measures what a mock is asked besides creates: against the least that Node can do, against the proxy library alone, and against
 * other mock servers of the same document where they can do the same. They answer with an example, whatever was made before.
 */
export async function compareOperations({
  rounds,
  seconds,
  folder,
}: {
  readonly rounds: number;
  readonly seconds: number;
  readonly folder: string;
}): Promise<void> {
  installOtherMocks(folder);
  const upstream = await startContestant("upstream", "upstream-server.ts");
  const contestants: Readonly<Record<string, Contestant>> = {
    mock: await startContestant("mock", "mock-server.ts"),
    bare: await startContestant("bare", "bare-server.ts"),
    headers: await startContestant("headers", "bare-server.ts", [], ["as-mock"]),
    upstream,
    proxy: await startContestant("proxy", "proxy-server.ts", [], [String(upstream.port)]),
    prism: await startContestant("prism", "command-server.ts"),
    mockoon: await startContestant("mockoon", "command-server.ts", [], [folder]),
    scalar: await startContestant("scalar", "scalar-server.ts", [], [folder]),
  };
  for (const name of ["mock", "bare", "headers"]) await measureLoad(contestants[name]!, create, { requests: 2_000 });
  for (const row of await listRows(contestants)) await measureRow(row, contestants, rounds, seconds);
  await Promise.all(Object.values(contestants).map(stopContestant));
}

async function listRows({
  mock,
  bare,
  headers: dressed,
  upstream,
}: Readonly<Record<string, Contestant>>): Promise<Row[]> {
  const { sandboxID, previewAuthToken } = await createOne(mock!);
  const settings = { previewUpstreams: { 3000: `http://127.0.0.1:${upstream!.port}` } };
  const headers = { "content-type": "application/json" };
  const init = { method: "PATCH", headers, body: JSON.stringify(settings) };
  const { ok } = await fetch(`http://127.0.0.1:${mock!.port}/__sandglass/worlds/default/settings`, init);
  if (!ok) throw new Error("the mock takes no upstream");
  const get = (id: string): Asked => ({ path: `/api/sandboxes/${id}` });
  // One request at a time on each connection, as browsers have it: what waits for its turn, the proxy alone never lets go of.
  const connections = 64;
  const preview = (path: string): Asked => ({
    path: `/__sandglass/preview/${sandboxID}/3000${path}`,
    headers: { "x-oc-preview-token": previewAuthToken },
    connections,
  });
  const passed = (name: string, path: string): Row => ({
    name,
    asked: { mock: preview(path), proxy: { path, connections }, upstream: { path, connections } },
    ratios: [
      ["mock", "proxy", "at least 0.8"],
      ["mock", "upstream", "which is asked directly"],
    ],
  });
  const others = ["prism", "mockoon", "scalar"];
  const ofAll = (asked: Asked) => Object.fromEntries(others.map((name) => [name, asked]));
  const againstOthers = others.map((name) => ["mock", name, ""] as const);
  const journal: Asked = { path: "/__sandglass/worlds/default/journal", connections: 4 };
  return [
    // First, while the journal has the creates alone.
    { name: "journal", asked: { mock: journal, bare: journal }, ratios: [["mock", "bare", "1,000 entries"]] },
    {
      name: "create",
      asked: { mock: create, bare: create, ...ofAll(create) },
      ratios: [["mock", "bare", "at least 0.9"], ...againstOthers],
    },
    {
      name: "get one",
      asked: {
        mock: get(sandboxID),
        bare: get((await createOne(bare!)).sandboxID),
        headers: get((await createOne(dressed!)).sandboxID),
        ...ofAll(get("sb-12345678")),
      },
      ratios: [
        ["mock", "bare", "at least 0.9"],
        ["mock", "headers", "bare Node with as many headers"],
        ...againstOthers,
      ],
    },
    {
      name: "list of 100",
      asked: { mock: { path: "/api/sandboxes" }, bare: { path: "/api/sandboxes" } },
      ratios: [["mock", "bare", ""]],
    },
    passed("gated preview", "/"),
    passed("gated preview, 20 events", "/events"),
  ];
}

async function createOne({ port }: Contestant) {
  const init = { method: "POST", headers: create.headers!, body: createBody };
  const answer = await fetch(`http://127.0.0.1:${port}/api/sandboxes`, init);
  return (await answer.json()) as { readonly sandboxID: string; readonly previewAuthToken: string };
}

async function measureRow(
  { name, asked, ratios }: Row,
  contestants: Readonly<Record<string, Contestant>>,
  rounds: number,
  seconds: number,
): Promise<void> {
  const figures: Record<string, Measured[]> = {};
  for (let round = -1; round < rounds; round += 1) {
    for (const [contestant, what] of Object.entries(asked)) {
      const figure = await measureLoad(contestants[contestant]!, what, { seconds });
      if (round >= 0) (figures[contestant] ??= []).push(figure); // the first round warms up
    }
  }
  for (const [contestant, measured] of Object.entries(figures)) {
    const cost = `${Math.round(median(costs(measured)))} µs`;
    const rate = `${Math.round(median(rates(measured)))} /s`;
    print(`${name}, ${contestant}`, rate, `${spread(rates(measured))}; processor time ${cost}`);
  }
  for (const [above, below, aim] of ratios) {
    printRatio(`${name}, ${above} / ${below}`, rates(figures[above]!), rates(figures[below]!), aim);
    printRatio("  by processor time", costs(figures[below]!), costs(figures[above]!), aim);
  }
}
