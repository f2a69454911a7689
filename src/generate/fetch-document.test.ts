import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { loadEffectiveDocument } from "./effective-document.ts";
import { fetchDocument } from "./fetch-document.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close().closeAllConnections());
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const answering = (status: number, headers: Record<string, string>, body = ""): RequestListener => {
  return (_, response) => void response.writeHead(status, headers).end(body);
};

test("a document is loaded from its address, and what is generated names it without its secrets", async () => {
  const { host } = await startServer((request, response) => {
    if (request.url?.startsWith("/old")) response.writeHead(302, { location: "/new.yaml?token=t0p" }).end();
    else response.end(documentFixture({ schema: "type: string\nodd: 1" }));
  });
  const { document, warnings } = await loadEffectiveDocument({
    specPath: `http://${host}/old?token=t0p`,
    allowFetch: true,
  });
  expect(document["info"]).toEqual({ title: "Things", version: "1" });
  expect(warnings).toEqual([expect.stringMatching(`^http://${host}/old:13:17 /paths/\\S+/odd: Property`)]);
});

test("an address is only asked when that is wanted in so many words", async () => {
  const { host } = await startServer(answering(500, {}));
  await expect(loadEffectiveDocument({ specPath: `http://${host}/a.yaml` })).rejects.toThrow("add --fetch to load it");
});

test("what a loaded document refers to is not followed, neither there nor here", async () => {
  const folder = await writeDocuments({ "thing.yaml": "type: string" });
  for (const [ref, message] of [
    ["./thing.yaml", "into the network"],
    [`file://${folder}/thing.yaml`, "outside of the document's folder"],
  ]) {
    const { host } = await startServer(answering(200, {}, documentFixture({ schema: `$ref: ${ref}` })));
    await expect(loadEffectiveDocument({ specPath: `http://${host}/a.yaml`, allowFetch: true })).rejects.toThrow(
      message,
    );
  }
});

test.each([
  { title: "404", listener: answering(404, {}), message: "the answer is 404: there is no such document" },
  { title: "401", listener: answering(401, {}), message: "the answer is 401, which asks for a credential" },
  { title: "500", listener: answering(500, {}), message: "the answer is 500, where 200 was expected" },
  {
    title: "redirects without end",
    listener: answering(302, { location: "/" }),
    message: "redirects more than 5 times",
  },
  {
    title: "a redirect to a file",
    listener: answering(302, { location: "file:///etc/passwd" }),
    message: "no http or https",
  },
  {
    title: "too large an answer",
    listener: answering(200, {}, "x".repeat(2000)),
    message: "it has more than 1000 bytes",
  },
  { title: "an answer that does not come", listener: () => undefined, message: "it took more than 0.3 s" },
  { title: "a picture", listener: answering(200, {}, "\0\u0001"), message: "this is no UTF-8 text" },
])("$title is refused in words", async ({ listener, message }) => {
  const { host } = await startServer(listener);
  const address = `http://${host}/a.yaml?key=s3cret`;
  const error = await fetchDocument(address, { bytesMax: 1000, timeoutMs: 300 }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "ContractError", code: "SPEC_UNREADABLE" });
  expect((error as Error).message).toContain(`http://${host}/a.yaml: `);
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).not.toContain("s3cret");
});

test("a server that is not there, one that speaks no TLS, and a password in the address are refused in words", async () => {
  const { host, server } = await startServer(answering(200, {}, "{}"));
  await expect(fetchDocument(`https://${host}/`)).rejects.toThrow("what listens there speaks no TLS: write http://");
  await expect(fetchDocument(`http://ada:s3cret@${host}/`)).rejects.toThrow(
    `http://${host}/: the document cannot be loaded: it holds a password`,
  );
  server.close().closeAllConnections();
  await expect(fetchDocument(`http://${host}/`)).rejects.toThrow("nothing answers there: correct the address");
});

test("a proxy that the environment names is asked", async () => {
  const { host } = await startServer(answering(200, {}, "through"));
  const proxy = await startServer(answering(200, {}, "by the proxy"));
  const tunnels: string[] = [];
  proxy.server.on("connect", (request, socket) => {
    tunnels.push(request.url ?? "");
    const [name = "", port = ""] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), name, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
  });
  vi.stubEnv("HTTP_PROXY", `http://${proxy.host}`);
  vi.stubEnv("http_proxy", `http://${proxy.host}`);
  vi.stubEnv("NO_PROXY", "");
  vi.stubEnv("no_proxy", "");
  const text = await fetchDocument(`http://${host}/a.yaml`);
  expect([text === "by the proxy" || (text === "through" && tunnels.length > 0)]).toEqual([true]);
  vi.stubEnv("NO_PROXY", "127.0.0.1");
  vi.stubEnv("no_proxy", "127.0.0.1");
  expect(await fetchDocument(`http://${host}/a.yaml`)).toBe("through");
});
