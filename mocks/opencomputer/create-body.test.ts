import { expect, test } from "vitest";
import { createMock } from "../index.ts";

async function create(body: object): Promise<{ status: number; error?: string; reason: string | null }> {
  const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await createMock().fetch("opencomputer", new Request("http://mock/api/sandboxes", init));
  const { error } = (await response.json()) as { error?: string };
  const reason = response.headers.get("x-sandglass-reason");
  return { status: response.status, reason, ...(error === undefined ? {} : { error }) };
}

test.each([{ image: {} }, { snapshot: "" }, { image: { base: "base" }, snapshot: "tools" }])(
  "a burst sandbox boots from a template, not from %j",
  async (source) => {
    const refused = await create({ burst: true, ...source });
    expect(refused).toMatchObject({
      status: 400,
      error: "Burst Sandboxes do not support image or snapshot creates in alpha",
    });
    expect(refused.reason).toContain("burst");
    expect((await create({ burst: true })).status).toBe(201);
    expect((await create({ burst: false, image: {} })).status).toBe(201);
  },
);

test("integers end where JSON readers begin to disagree", async () => {
  expect((await create({ timeout: Number.MAX_SAFE_INTEGER })).status).toBe(201);
  expect((await create({ timeout: Number.MAX_SAFE_INTEGER + 1 })).status).toBe(400);
  expect((await create({ image: { builderMemoryMB: 2 ** 53 } })).status).toBe(400);
});
