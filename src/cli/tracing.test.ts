import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

type Value = { readonly stringValue?: string; readonly intValue?: number };
type Attributes = readonly { readonly key: string; readonly value: Value }[];
type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Attributes;
};
type Traces = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
};

/** A server of this machine that keeps what it is sent. */
async function startServer() {
  const seen: { readonly url: string; readonly body: string; readonly traceparent: string }[] = [];
  const server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const { url = "", headers } = incoming;
      seen.push({ url, body: Buffer.concat(pieces).toString(), traceparent: String(headers["traceparent"]) });
      outgoing.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.dispose]: close };
}

const read = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

test(
  "requests are traced where the environment asks for it, and no key or token with them",
  { timeout: 60_000 },
  async () => {
    using receiver = await startServer();
    using upstream = await startServer();
    const flags = ["--opencomputer-port", "0", "--quiet", "--preview", `3000=${upstream.url}`];
    const secret = "a-control-token-of-enough-length";
    const child = spawn(
      process.execPath,
      ["src/cli/sandglass.js", "mock", "opencomputer", ...flags, "--control-token", secret],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" },
      },
    );
    const [started] = (await once(child.stdout, "data")) as [Buffer];
    const url = /OpenComputer\s+(http:\S+)/.exec(String(started))![1]!;
    const [traceId, caller] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    const headers = { "x-api-key": "sandglass-acme", traceparent: `00-${traceId}-${caller}-01` };
    const json = { ...headers, "content-type": "application/json" };
    const created = await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: '{"previewAuth":{}}' });
    const { sandboxID, previewAuthToken } = (await created.json()) as Record<string, string>;
    const preview = `${url}/__sandglass/preview/${sandboxID}/3000/`;
    const token = { "x-oc-preview-token": previewAuthToken, traceparent: headers.traceparent };
    expect((await fetch(preview, { headers: token })).status).toBe(200);
    expect((await fetch(preview, { headers: { traceparent: headers.traceparent } })).status).toBe(401);
    expect((await fetch(`${url}/__sandglass/health`)).status).toBe(200);
    const socket = new WebSocket(`${preview.replace("http", "ws").replace("3000", "4000")}`, {
      headers: token,
    });
    await once(socket, "open");
    socket.close();
    child.kill("SIGTERM");
    await once(child, "exit");

    expect(receiver.seen.map(({ url: path }) => path)).toContain("/v1/traces");
    const sent = receiver.seen
      .map(({ body }) => JSON.parse(body) as Traces)
      .flatMap(({ resourceSpans }) => resourceSpans);
    expect(read(sent[0]!.resource.attributes)).toMatchObject({ "service.name": "sandglass-mock" });
    const spans = sent.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const told = spans.map(({ name, kind, parentSpanId, attributes, ...span }) => {
      expect([kind, span.traceId, parentSpanId]).toEqual([2, traceId, caller]);
      return { name, ...read(attributes) };
    });
    const common = {
      "sandglass.contract": "opencomputer",
      "sandglass.world": "default",
      "sandglass.sandbox": sandboxID,
    };
    const ofPreview = {
      name: "GET preview",
      "sandglass.operation": "preview",
      "http.request.method": "GET",
      ...common,
    };
    expect(told).toEqual([
      {
        ...{ name: "POST /api/sandboxes", "http.request.method": "POST", "http.route": "/api/sandboxes" },
        ...{ "http.response.status_code": 201, "sandglass.operation": "createSandbox", ...common },
      },
      { ...ofPreview, "http.response.status_code": 200 },
      { ...ofPreview, "http.response.status_code": 401, "sandglass.reason": "preview-token-missing" },
      { ...ofPreview, "http.response.status_code": 101 },
    ]);
    expect(upstream.seen[0]!.traceparent).toBe(`00-${traceId}-${spans[1]!.spanId}-01`);
    for (const hidden of ["sandglass-acme", previewAuthToken, secret]) {
      expect(receiver.seen.map(({ body }) => body).join("")).not.toContain(hidden);
    }
  },
);
