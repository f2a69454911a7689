import { expect, test } from "vitest";
import { operations as openComputerOperations } from "../../generated/opencomputer/operations.ts";
import { openComputerCalls } from "./calls.fixture.ts";
import { startServer } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-acme";

/** What callers without types, or with the wrong variable, give for an id. */
const nothings: readonly unknown[] = [undefined, null, "", " ", "\t", 5, 0, NaN, true, {}, [], ["sb-1"]];
/** What neither JSON nor a template can show, or no URL can hold. */
const circle: { self?: unknown } = {};
circle.self = circle;
const unshowable: readonly unknown[] = [1n, Symbol("sb-1"), circle, () => "sb-1", new String("sb-1"), "sb-\ud800"];
const paths: readonly unknown[] = [".", "..", "a/b", "/", "sb-1/..", "..\\a", "../../accounts"];

test.each([...nothings, ...unshowable, ...paths].map((id) => [id]))(
  "an id that is %o sends nothing, in no method",
  async (given) => {
    await using server = await startServer({ body: {} });
    const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
    const id = given as string;
    const ofOne = Object.entries(openComputerCalls).filter(([name]) =>
      openComputerOperations[name as keyof typeof openComputerCalls].path.includes("{"),
    );
    expect(ofOne).toHaveLength(73);
    const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
      // An undefined id would get the default of the fixture.
      ...(id === undefined ? [] : ofOne.map(([name, call]) => [name, () => call(client, id)] as const)),
      ["kill", () => client.sandboxes.kill(id)],
      ["waitFor", () => client.sandboxes.waitFor(id, "running")],
      ["previews.delete", () => client.previews.delete(id, 3000)],
      // What cannot be shown fails in openapi-fetch itself, in the platform's words.
      ...(unshowable.includes(given)
        ? []
        : [["raw", () => client.raw.DELETE("/api/sandboxes/{id}", { params: { path: { id } } })] as const]),
      ["raw without params", () => client.raw.GET("/api/sandboxes/{id}", {} as never)],
    ];
    for (const [name, call] of calls) {
      await expect.soft(call(), name).rejects.toMatchObject({ name: "ContractError", code: "CONFIG_INVALID" });
    }
    expect(server.seen).toHaveLength(0);
  },
);

test.each([undefined, null, "3000", 0, -1, 65_536, 1.5, NaN, {}, 1n, Symbol("port")].map((port) => [port]))(
  "a port that is %o sends nothing",
  async (port) => {
    await using server = await startServer({ status: 204 });
    const { previews, previewFetch } = createOpenComputerClient({ baseUrl: server.url, apiKey });
    await expect(previews.delete("sb-1", port as number)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(previewFetch("sb-1", port as number)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(server.seen).toHaveLength(0);
  },
);

test.each([null, 0, true, {}, [], Symbol("path"), { url: 5 }, { url: "/a" }].map((path) => [path]))(
  "a preview's path that is %o sends nothing",
  async (path) => {
    await using server = await startServer({ status: 204 });
    const { previewFetch } = createOpenComputerClient({ baseUrl: server.url, apiKey });
    await expect(previewFetch("sb-1", 3000, path as never)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(server.seen).toHaveLength(0);
  },
);

test("the refusal names the operation, the parameter, what it is and what to give", async () => {
  const { sandboxes } = createOpenComputerClient({ baseUrl: "http://127.0.0.1:1", apiKey });
  await expect(sandboxes.kill(undefined as never)).rejects.toThrow(
    /^killSandbox: id is undefined: give a string that is not blank. Nothing was sent$/,
  );
  await expect(sandboxes.kill("a/b")).rejects.toThrow(
    /^killSandbox: id is "a\/b", which is no single part of a path: give the id alone. Nothing was sent$/,
  );
});

test.each([...nothings, ...unshowable].map((id) => [id]))(
  "an id of Recoup that is %o asks for no list, and deletes nothing",
  async (given) => {
    await using server = await startServer({ body: { sandboxes: [], runs: [] } });
    const { sandboxes, runs, files } = createRecoupClient({ baseUrl: server.url, apiKey });
    const id = given as string;
    const calls = [
      () => sandboxes.get(id),
      () => sandboxes.waitFor(id, "running"),
      () => sandboxes.deleteAll({ account_id: id }),
      () => runs.get(id),
      () => runs.waitFor(id),
      () => files.read(id),
    ];
    for (const call of calls) await expect.soft(call()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(server.seen).toHaveLength(0);
  },
);

test("what else an id has in it stays one part of the path", async () => {
  await using server = await startServer({ status: 204 });
  const { sandboxes } = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await sandboxes.kill("a?b#c%2e");
  expect(server.seen[0]?.url).toBe("/api/sandboxes/a%3Fb%23c%252e");
});
