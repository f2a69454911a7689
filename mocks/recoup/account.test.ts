import { expect, test } from "vitest";
import { createMock } from "../mock.ts";

function callerFixture() {
  const mock = createMock({ seed: "account", clockScale: 0 });
  const send = async (method: string, path: string, body?: object) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { "x-api-key": "sandglass-ada" };
    const response = await mock.fetch("recoup", new Request(`http://mock${path}`, { method, headers, ...json }));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { mock, send };
}

const files = [{ url: "data:text/plain,hello", name: "a.txt" }];

test("a deleted repository takes its files with it, though a set-up under way makes a new one", async () => {
  const { mock, send } = callerFixture();
  await send("PATCH", "/api/sandboxes", { github_repo: "https://github.com/a/b" });
  expect((await send("POST", "/api/sandboxes/files", { files })).status).toBe(200);
  await send("POST", "/api/sandboxes/setup");
  await send("DELETE", "/api/sandboxes");
  expect((await send("GET", "/api/sandboxes/file?path=a.txt")).status).toBe(404);
  mock.defaultWorld().clock.advance(60_000);
  expect((await send("GET", "/api/sandboxes")).body).toMatchObject({
    github_repo: expect.stringContaining("https://") as string,
    filetree: [{ path: "README.md" }],
  });
});

test("a set-up leaves files that can be read, and those that were there as they were", async () => {
  const { mock, send } = callerFixture();
  await send("POST", "/api/sandboxes/setup");
  expect((await send("GET", "/api/sandboxes/file?path=README.md")).status).toBe(404);
  mock.defaultWorld().clock.advance(60_000);
  const { filetree } = (await send("GET", "/api/sandboxes")).body as { filetree: { path: string; size: number }[] };
  expect(filetree.length).toBeGreaterThan(0);
  for (const { path, size } of filetree) {
    const { status, body } = await send("GET", `/api/sandboxes/file?path=${path}`);
    expect([status, Buffer.byteLength(String(body["content"]))]).toEqual([200, size]);
  }
  await send("POST", "/api/sandboxes/files", { files: [{ url: "data:,mine", name: "README.md" }] });
  await send("POST", "/api/sandboxes/setup");
  mock.defaultWorld().clock.advance(60_000);
  expect((await send("GET", "/api/sandboxes/file?path=README.md")).body["content"]).toBe("mine");
  expect((await send("GET", "/api/sandboxes")).body["filetree"]).toHaveLength(filetree.length);
});

test("each key reads the id of its own account", async () => {
  const { mock, send } = callerFixture();
  const { id } = mock.defaultWorld().tenants.find(({ name }) => name === "ada")!;
  expect(await send("GET", "/api/accounts/id")).toEqual({ status: 200, body: { status: "success", accountId: id } });
});

test("a file that was uploaded can be read and is in the tree, binary ones in base64", async () => {
  const { send } = callerFixture();
  await send("PATCH", "/api/sandboxes", { github_repo: "https://github.com/a/b" });
  const png = { url: "data:;base64,iVBORw0KGgo=", name: "a.png" };
  const odd = { url: "data:text/plain,x", name: "__proto__" };
  const unreadable = { url: "ftp://x/y", name: "y" };
  const uploaded = await send("POST", "/api/sandboxes/files", { files: [...files, png, odd, unreadable], path: "/d/" });
  expect((uploaded.body["uploaded"] as { path: string }[]).map(({ path }) => path)).toEqual([
    "d/a.txt",
    "d/a.png",
    "d/__proto__",
  ]);
  expect(uploaded.body["errors"]).toHaveLength(1);
  expect((await send("GET", "/api/sandboxes/file?path=d/a.txt")).body["content"]).toBe("hello");
  expect((await send("GET", "/api/sandboxes/file?path=d/__proto__")).body["content"]).toBe("x");
  expect((await send("GET", "/api/sandboxes/file?path=d/a.png")).body).toMatchObject({
    content: "iVBORw0KGgo=",
    encoding: "base64",
  });
  expect((await send("GET", "/api/sandboxes")).body["filetree"]).toMatchObject([
    { path: "d", type: "tree" },
    { path: "d/a.txt", type: "blob", size: 5 },
    { path: "d/a.png", type: "blob", size: 8 },
    { path: "d/__proto__", type: "blob", size: 1 },
  ]);
});
