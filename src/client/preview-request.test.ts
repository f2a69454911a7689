import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { FormData as OtherFormData } from "undici";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startServer } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import type { PreviewInit } from "./preview-fetch.ts";

const apiKey = "sandglass-acme";
const previewAuthToken = "correct-horse-battery";
const sandbox = { sandboxID: "sb-x", previewAuthToken };

/** Whatever the machine has: a proxy is there where a test names one. */
beforeEach(() => {
  for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

/** What a server sees of a request to port 3000 of a sandbox. */
async function sentBy(path: string | URL | Request, init?: PreviewInit | Request) {
  await using server = await startServer({ body: "{}" });
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await client.previewFetch(sandbox, 3000, path, init);
  return server.seen[0] ?? expect.fail("nothing was sent");
}

function formWith(form: FormData): FormData {
  form.set("a", "b");
  form.append("file", new File(["contents"], "näme.txt", { type: "text/plain" }));
  form.append("blob", new Blob(["bytes"]));
  return form;
}

test.each([
  ["the platform's", () => formWith(new FormData())],
  ["undici's own", () => formWith(new OtherFormData())],
])("a form of %s class goes out as a form, files and all, with its length", async (_, form) => {
  const { headers, body } = await sentBy("/f", { method: "POST", body: form() });
  const type = headers["content-type"] ?? "";
  expect(type).toMatch(/^multipart\/form-data; boundary=/);
  expect(headers["content-length"]).toBe(String(Buffer.byteLength(body)));
  const read = await new Response(body, { headers: { "content-type": type } }).formData();
  expect(read.get("a")).toBe("b");
  const file = read.get("file") as File;
  expect([file.name, file.type, await file.text()]).toEqual(["näme.txt", "text/plain", "contents"]);
  expect(await (read.get("blob") as File).text()).toBe("bytes");
});

test("a form reaches a fetch of the user's as the platform's own", async () => {
  const forms: (string | null)[] = [];
  const fetch = async (request: Request) => {
    forms.push((await request.formData()).get("a") as string);
    return new Response("ok");
  };
  const client = createOpenComputerClient({ baseUrl: "http://127.0.0.1:1", apiKey, fetch });
  for (const form of [new FormData(), new OtherFormData()]) {
    await client.previewFetch(sandbox, 3000, "/", { method: "POST", body: formWith(form) });
  }
  expect(forms).toEqual(["b", "b"]);
});

test.each<[string, () => NonNullable<PreviewInit["body"]>, string | undefined, string]>([
  ["text", () => "text", "text/plain;charset=UTF-8", "text"],
  ["a query", () => new URLSearchParams({ a: "b c" }), "application/x-www-form-urlencoded;charset=UTF-8", "a=b+c"],
  ["a blob", () => new Blob(["blob"], { type: "image/png" }), "image/png", "blob"],
  ["bytes", () => new TextEncoder().encode("bytes"), undefined, "bytes"],
  ["a buffer", () => new TextEncoder().encode("buffer").buffer, undefined, "buffer"],
])("%s goes out as it is, with its length", async (_, body, type, text) => {
  const seen = await sentBy("/", { method: "PUT", body: body() });
  expect(seen).toMatchObject({ method: "PUT", body: text });
  expect([seen.headers["content-type"], seen.headers["content-length"]]).toEqual([type, String(text.length)]);
});

test("a stream goes out while it is written, with duplex and without", async () => {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (chunk: string) => {
      arrived.push(chunk);
      wake.resolve();
    });
    request.on("end", () => response.end(request.headers["transfer-encoding"]));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let wake = Promise.withResolvers<void>();
  await using client = createOpenComputerClient({ baseUrl, apiKey });
  for (const duplex of [{ duplex: "half" }, {}] as const) {
    wake = Promise.withResolvers<void>();
    let later: (text: string | undefined) => void = () => expect.fail("not started");
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        later = (text) =>
          text === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const answer = client.previewFetch(sandbox, 3000, "/", { method: "POST", body, ...duplex });
    later("first");
    await wake.promise; // has arrived before the second is written
    later("second");
    later(undefined);
    expect(await (await answer).text()).toBe("chunked");
  }
  expect(arrived.join()).toBe("first,second,first,second");
  server.closeAllConnections();
  server.close();
});

test("a Request is sent by its path, method, headers and body, to the sandbox alone", async () => {
  const request = new Request("https://elsewhere.example/a?b=1", {
    method: "POST",
    headers: { "x-own": "1", "x-oc-preview-token": "another" },
    body: "text",
  });
  const seen = await sentBy(request);
  expect(seen).toMatchObject({ method: "POST", url: "/a?b=1", body: "text" });
  expect(seen.headers).toMatchObject({
    "x-own": "1",
    "content-type": "text/plain;charset=UTF-8",
    "x-oc-preview-token": previewAuthToken,
  });
  expect(seen.headers.host).toMatch(/^sb-x-p3000\.localhost:/);
});

test("a Request may stand for the options, and options go before a Request", async () => {
  const request = () => new Request("http://x/ignored", { method: "PATCH", headers: { a: "1" }, body: "text" });
  expect(await sentBy("/path", request())).toMatchObject({ method: "PATCH", url: "/path", body: "text" });
  const seen = await sentBy(request(), { method: "PUT", headers: { b: "2" } });
  expect(seen).toMatchObject({ method: "PUT", url: "/ignored", body: "text", headers: { b: "2" } });
  expect(seen.headers).not.toHaveProperty("a");
  expect(await sentBy(new URL("http://x/u?v"))).toMatchObject({ method: "GET", url: "/u?v", body: "" });
});

test("a Request's signal aborts it, before the answer and within its body", async () => {
  await using server = await startServer("hang");
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const controller = new AbortController();
  const asking = client.previewFetch(sandbox, 3000, new Request("http://x/", { signal: controller.signal }));
  setImmediate(() => controller.abort());
  await expect(asking).rejects.toMatchObject({ code: "ABORTED" });

  const endless = createServer((_, response) => void response.writeHead(200).write("first"));
  await once(endless.listen(0, "127.0.0.1"), "listening");
  const baseUrl = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  await using other = createOpenComputerClient({ baseUrl, apiKey });
  const within = new AbortController();
  const { body } = await other.previewFetch(sandbox, 3000, "/", { signal: within.signal });
  const reader = body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toBe("first");
  within.abort();
  await expect(reader.read()).rejects.toThrow(/abort/i);
  endless.closeAllConnections();
  endless.close();
});

const used = new Request("http://x/", { method: "POST", body: "text" });
await used.text();

test.each<[string, PreviewInit | Request, RegExp]>([
  ["a GET with a body", { body: "text" }, /previewFetch: .*GET.*Nothing was sent$/],
  ["a body that was read", used, /previewFetch: .*(unusable|used|disturbed).*Nothing was sent$/i],
  ["a method that is none", { method: "A B" }, /previewFetch: .*Nothing was sent$/],
  ["a header that is none", { headers: { "x-key": "secret-of-mine\n1" } }, /a header's name or value has a character/],
])("%s is refused as the caller's, and shows no value", async (_, init, message) => {
  await using server = await startServer({});
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const error = await client.previewFetch(sandbox, 3000, "/", init).catch((caught: unknown) => caught as Error);
  expect(error).toMatchObject({ name: "ContractError", code: "CONFIG_INVALID" });
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toMatch(/secret-of-mine/);
  expect(server.seen).toHaveLength(0);
});

test.each([undefined, null, {}, "", { sandboxID: undefined }, { sandboxID: 5 }, "a/b"].map((id) => [id]))(
  "a sandbox that is %j sends nothing",
  async (given) => {
    await using server = await startServer({});
    await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
    await expect(client.previewFetch(given as string, 3000)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(server.seen).toHaveLength(0);
  },
);

/** A proxy as companies have one: CONNECT alone, here always to one machine. */
async function startProxy(target: string) {
  const asked: string[] = [];
  const { port } = new URL(target);
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request, socket, head) => {
    asked.push(request.url ?? "");
    const onward = connect(Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on("error", () => end.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const far = { ...sandbox, sandboxDomain: "previews.test" };

test.each(["HTTP_PROXY", "http_proxy"])(
  "the proxy of %s is gone through, and the Host header is kept",
  async (name) => {
    await using server = await startServer({ body: "{}" });
    await using proxy = await startProxy(server.url);
    vi.stubEnv(name, proxy.url);
    await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
    await client.previewFetch(far, 3000, "/a", { method: "POST", body: formWith(new FormData()) });
    expect(proxy.asked).toEqual([`sb-x-p3000.previews.test:${server.port}`]);
    expect(server.seen[0]).toMatchObject({ url: "/a", headers: { host: `sb-x-p3000.previews.test:${server.port}` } });
    await client.close();
  },
);

test("NO_PROXY and names below localhost go straight", async () => {
  await using server = await startServer({ body: "{}" });
  await using proxy = await startProxy(server.url);
  vi.stubEnv("HTTP_PROXY", proxy.url);
  for (const exempt of ["", "other.test, previews.test", "*"]) {
    vi.stubEnv("NO_PROXY", exempt);
    await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
    await client.previewFetch(exempt === "" ? sandbox : far, 3000);
  }
  expect([server.seen.length, proxy.asked]).toEqual([3, []]);
});

test("HTTPS_PROXY is asked for the port of HTTPS, and its refusal is told", async () => {
  const asked: string[] = [];
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  vi.stubEnv("HTTPS_PROXY", `http://user:pass-word@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  await using client = createOpenComputerClient({ baseUrl: "https://api.previews.test", apiKey });
  const error = await client.previewFetch(far, 3000).catch((caught: unknown) => caught as Error);
  expect(error).toMatchObject({ code: "NETWORK" });
  expect((error as Error).message).toMatch(
    /no answer from https:\/\/sb-x-p3000\.previews\.test \(Proxy response \(403\)/,
  );
  expect(asked).toEqual(["sb-x-p3000.previews.test:443"]);
  proxy.closeAllConnections();
  proxy.close();
});

test.each(["nonsense", "127.0.0.1:3128", "localhost:3128", "ftp://user:pass-word@h"])(
  "HTTP_PROXY=%s is told as what it is, without its password",
  async (value) => {
    vi.stubEnv("HTTP_PROXY", value);
    await using client = createOpenComputerClient({ baseUrl: "http://127.0.0.1:1", apiKey });
    const error = await client.previewFetch(far, 3000).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect((error as Error).message).toMatch(/^HTTP_PROXY or HTTPS_PROXY in the environment is no URL of a proxy/);
    expect((error as Error).message).not.toMatch(/pass-word/);
  },
);

test("the gate's 401 says where a token went that JSON has left out; any other 401 is the application's own", async () => {
  const challenge = { "www-authenticate": 'Bearer realm="preview"' };
  await using gate = await startServer({ status: 401, headers: challenge, body: { error: "e" } });
  await using app = await startServer({ status: 401, body: { error: "log in" } });
  const textOf = async (url: string, given: { sandboxID: string }, init?: PreviewInit) => {
    await using client = createOpenComputerClient({ baseUrl: url, apiKey });
    return (await client.previewFetch(given, 3000, "/", init)).statusText;
  };
  const stored = { sandboxID: "sb-x" };
  expect(await textOf(gate.url, stored)).toMatch(/^Unauthorized \(the sandbox has no previewAuthToken: JSON/);
  expect(await textOf(gate.url, sandbox)).toBe("Unauthorized");
  expect(await textOf(gate.url, stored, { headers: { authorization: "Bearer x" } })).toBe("Unauthorized");
  expect(await textOf(app.url, stored)).toBe("Unauthorized");
});
