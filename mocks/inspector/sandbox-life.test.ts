import { expect, test } from "vitest";
import { createMock, type Mock } from "../mock.ts";
import { findSandboxLife } from "./sandbox-life.ts";

const createOn = (contract: "recoup" | "opencomputer", key: string) => async (mock: Mock, body: string) => {
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const request = new Request("http://127.0.0.1/api/sandboxes", { method: "POST", headers, body });
  return /"(sbx?[_-]\w+)"/.exec(await (await mock.fetch(contract, request)).text())![1]!;
};
const createOpenComputer = createOn("opencomputer", "sandglass-acme");
const createRecoup = createOn("recoup", "sandglass-ada");

test("an OpenComputer sandbox hibernates by its idle timeout, or never", async () => {
  const mock = createMock({ clockScale: 0, startMs: 1_000 });
  const world = mock.defaultWorld();
  const one = await createOpenComputer(mock, '{"timeout":60}');
  expect(await findSandboxLife(world, one)).toEqual({
    ...{ id: one, contract: "opencomputer", state: "running" },
    timed: [{ state: "hibernated", fromMs: 61_000, rule: "idle for 60 s" }],
  });
  world.clock.advance(60_000);
  expect((await findSandboxLife(world, one))?.state).toBe("hibernated");
  const endless = await createOpenComputer(mock, '{"timeout":0}');
  expect((await findSandboxLife(world, endless))?.timed).toEqual([]);
});

test("a Recoup sandbox boots, stops and is stopped, each by its rule", async () => {
  const mock = createMock({ clockScale: 0, startMs: 0 });
  const id = await createRecoup(mock, "{}");
  const life = await findSandboxLife(mock.defaultWorld(), id);
  expect(life).toMatchObject({ contract: "recoup", state: "pending" });
  expect(life?.timed).toEqual([
    { state: "running", fromMs: 400, rule: "booted for 400 ms" },
    { state: "stopping", fromMs: 1_800_000, rule: "timeout of 1800 s" },
    { state: "stopped", fromMs: 1_802_000, rule: "stopping for 2 s" },
  ]);
  for (const { fromMs, state } of life!.timed) {
    mock.defaultWorld().clock.advance(fromMs - mock.defaultWorld().clock.now());
    expect((await findSandboxLife(mock.defaultWorld(), id))?.state).toBe(state);
  }
});

test("there is nothing to say of a sandbox that there is not", async () => {
  expect(await findSandboxLife(createMock().defaultWorld(), "sb-00000000")).toBeUndefined();
});
