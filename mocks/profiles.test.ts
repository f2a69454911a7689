import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { createMock, differencesOf, mockOptionsOf, startMock } from "./index.ts";

const chosen = (as: string | readonly string[]) => createMock({ as }).defaultWorld().settings.as;

test("a name goes to the contract that has it, and the other stays as it is", () => {
  expect(chosen([])).toEqual({});
  expect(chosen("contract")).toEqual({});
  expect(chosen("edge")).toEqual({ opencomputer: "edge" });
  expect(chosen(["production", "cell", "cell"])).toEqual({ recoup: "production", opencomputer: "cell" });
  expect(chosen(["contract", "zero-size-is-left-out"])).toEqual({ opencomputer: "zero-size-is-left-out" });
});

test.each<[string | readonly string[], RegExp]>([
  ["egde", /^there is no profile "egde": did you mean "edge"\?$/],
  ["constructor", /^there is no profile "constructor"/],
  [["edge", "cell"], /^opencomputer cannot be mocked as edge and as cell at once: name one of them$/],
])("%j is refused", (as, message) => {
  expect(() => createMock({ as })).toThrow(message);
});

test("a profile of a contract that is not started is refused", async () => {
  const started = startMock({ contract: "recoup", as: "edge" });
  await expect(started).rejects.toThrow('"edge" is a profile of opencomputer, and what is started is recoup');
});

test("a world can have a profile of its own, from this process and over HTTP", async () => {
  const mock = createMock();
  const statusIn = async (key: string | undefined) => {
    const headers = { "x-api-key": key ?? "", "content-type": "application/json" };
    const request = new Request("http://localhost/api/sandboxes", {
      method: "POST",
      headers,
      body: '{"timeout":null}',
    });
    return (await mock.fetch("opencomputer", request)).status;
  };
  const post = (settings: object) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ settings });
    const url = "http://localhost/__sandglass/worlds";
    return mock.fetch("opencomputer", new Request(url, { method: "POST", headers, body }));
  };
  const own = mock.createWorld({ settings: { as: { opencomputer: "cell" } } });
  expect(await statusIn(own.tenants.find(({ contract }) => contract === "opencomputer")?.key)).toBe(201);
  const made = (await (await post({ as: { opencomputer: "edge" } })).json()) as { readonly id: string };
  const tenants = mock.universe.find(made.id)?.tenants;
  expect(await statusIn(tenants?.find(({ contract }) => contract === "opencomputer")?.key)).toBe(201);
  expect(await statusIn("sandglass-acme")).toBe(400);
  expect((await post({ as: { opencomputer: "egde" } })).status).toBe(400);
});

test("a misspelt profile in settings is refused", () => {
  const mock = createMock();
  const create = (as: Readonly<Record<string, string>>) => () => mock.createWorld({ settings: { as } });
  expect(create({ opencomputer: "egde" })).toThrow('there is no profile "egde": did you mean "edge"?');
  const list = "there are contract, edge, cell, or the id of one difference";
  expect(create({ opencomputer: "nope" })).toThrow(`as.opencomputer: there is no profile "nope": ${list}`);
  expect(create({ opencomputr: "edge" })).toThrow(
    'as: there is no contract "opencomputr": did you mean "opencomputer"?',
  );
  expect(() => createMock({ settings: { as: { recoup: "edge" } } })).toThrow('there is no profile "edge"');
  expect(() => mock.defaultWorld().changeSettings({ as: { recoup: "edge" } })).toThrow('there is no profile "edge"');
});

test("a configuration names profiles, one or several", () => {
  for (const as of ["edge", ["edge", "production"]]) {
    expect(mockOptionsOf(parseConfig({ as }, "f")).as).toEqual(as);
  }
});

test("what a profile differs in can be asked for, without what the mock does not show", () => {
  const ids = (name: string) => differencesOf("opencomputer", name).map(({ id }) => id);
  expect(ids("contract")).toEqual([]);
  expect(ids("edge")).toContain("lists-every-state");
  expect(ids("edge")).not.toContain("index-lags");
  expect(ids("zero-size-is-left-out")).toEqual(["zero-size-is-left-out"]);
  expect(() => ids("edgee")).toThrow('there is no profile "edgee"');
  expect(() => differencesOf("opencomputr" as never, "edge")).toThrow('there is no contract "opencomputr"');
});
