import fc from "fast-check";
import { expect, test } from "vitest";
import { type ContractName, createMock, type Mock } from "../index.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Call = { readonly contract: ContractName; readonly method?: string; readonly path: string; readonly body?: Json };

async function call(
  mock: Mock,
  { contract, method = "GET", path, body }: Call,
): Promise<{ status: number; json: Json }> {
  const key = contract === "recoup" ? "sandglass-ada" : "sandglass-acme";
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await mock.fetch(contract, new Request(`http://127.0.0.1${path}`, init));
  const text = await response.text();
  return {
    status: response.status,
    json: /json/.test(response.headers.get("content-type") ?? "") && text ? (JSON.parse(text) as Json) : null,
  };
}

const snapshotPath = "/__sandglass/worlds/default/snapshot";

/** A world with records of every kind, as it is saved; and what asks for all of them. */
async function fill(mock: Mock): Promise<{ readonly saved: Json; readonly looks: readonly Call[] }> {
  const oc = { contract: "opencomputer" } as const;
  const recoup = { contract: "recoup" } as const;
  const { sandboxID } = (await call(mock, { ...oc, method: "POST", path: "/api/sandboxes", body: { previewAuth: {} } }))
    .json as { sandboxID: string };
  await call(mock, { ...oc, method: "POST", path: `/api/sandboxes/${sandboxID}/preview`, body: { port: 3000 } });
  await call(mock, { ...oc, method: "PUT", path: `/api/sandboxes/${sandboxID}/tags`, body: { a: "b" } });
  await call(mock, { ...recoup, method: "POST", path: "/api/sandboxes", body: { command: "ls" } });
  await call(mock, { ...recoup, method: "POST", path: "/api/sandboxes/setup", body: {} });
  mock.defaultWorld().clock.advance(10_000);
  const files = [{ name: "a.txt", url: "data:text/plain,a" }];
  await call(mock, { ...recoup, method: "POST", path: "/api/sandboxes/files", body: { files } });
  await call(mock, { ...recoup, method: "POST", path: "/api/sandboxes/setup", body: {} });
  const runs = (await call(mock, { ...recoup, path: "/api/tasks/runs" })).json as { runs: { id: string }[] };
  const looks: Call[] = [
    { ...oc, path: "/api/sandboxes" },
    { ...oc, path: `/api/sandboxes/${sandboxID}` },
    { ...oc, path: `/api/sandboxes/${sandboxID}/tags` },
    { ...oc, path: `/api/sandboxes/${sandboxID}/preview` },
    { ...oc, path: `/__sandglass/preview/${sandboxID}/3000/` },
    { ...oc, method: "POST", path: `/api/sandboxes/${sandboxID}/hibernate` },
    { ...oc, method: "POST", path: `/api/sandboxes/${sandboxID}/wake`, body: {} },
    { ...oc, method: "POST", path: "/api/sandboxes", body: {} },
    { ...recoup, path: "/api/sandboxes" },
    { ...recoup, path: "/api/tasks/runs" },
    ...runs.runs.map(({ id }) => ({ ...recoup, path: `/api/tasks/runs?runId=${id}` })),
    { ...recoup, path: "/api/sandboxes/file?path=a.txt" },
    { ...recoup, method: "PATCH", path: "/api/sandboxes", body: { snapshotId: "snap_1" } },
    { ...recoup, method: "POST", path: "/api/sandboxes", body: {} },
    { ...oc, path: "/__sandglass/worlds" },
    { ...oc, path: "/__sandglass/worlds/default/state" },
    { ...oc, path: snapshotPath },
  ];
  return { saved: (await call(mock, { ...oc, path: snapshotPath })).json, looks };
}

/** Every place in a value, as a path of names and indexes. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

function replaced(value: Json, [name, ...rest]: readonly string[], by: Json | undefined): Json | undefined {
  if (name === undefined) return by;
  const copy = structuredClone(value) as Record<string, Json>;
  const member = replaced(copy[name]!, rest, by);
  if (member === undefined) delete copy[name];
  else copy[name] = member;
  return copy;
}

const strangeValues: readonly (Json | undefined)[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  0,
  1,
  253_402_300_800_000,
  8_640_000_000_000_001,
  Number.MAX_SAFE_INTEGER,
  1e300,
  -1e300,
  "",
  "\ud800",
  "text",
  "/\\..",
  [],
  [null],
  {},
  { "": null },
  { __proto__: null, toString: 1 },
];

test("a snapshot is refused where it could not be lived in: with what is taken, nothing fails (seed 9)", async () => {
  const { saved, looks } = await fill(createMock({ seed: "saved", clockScale: 0, startMs: 1_700_000_000_000 }));
  const mock = createMock({ seed: "restored", clockScale: 0 });
  const statuses = new Set<number>();
  const broken = fc.tuple(fc.constantFrom(...placesIn(saved)), fc.constantFrom(...strangeValues));
  await fc.assert(
    fc.asyncProperty(broken, async ([place, value]) => {
      const body = replaced(saved, place, value) ?? null;
      const { status } = await call(mock, { contract: "opencomputer", method: "PUT", path: snapshotPath, body });
      statuses.add(status);
      expect([200, 400]).toContain(status);
      if (status === 400) return;
      for (const look of looks)
        expect([look, (await call(mock, look)).status]).toEqual([look, expect.toSatisfy((seen: number) => seen < 500)]);
    }),
    { seed: 9, numRuns: 1_500 },
  );
  expect([...statuses].sort()).toEqual([200, 400]);
});

test("a saved world comes back as it was", async () => {
  const mock = createMock({ seed: "saved", clockScale: 0 });
  const { saved } = await fill(mock);
  expect((await call(mock, { contract: "recoup", method: "PUT", path: snapshotPath, body: saved })).status).toBe(200);
  expect((await call(mock, { contract: "recoup", path: snapshotPath })).json).toEqual(saved);
});
