import { createMock } from "../mocks/index.ts";

/** A fault of the mock by its id, with its settings. */
type Fault = { readonly id: string };

/** Keys of two organisations, of the mock's own. */
export const dayKeys = { own: "sandglass-acme", other: "sandglass-globex" } as const;

/** What a browser or a proxy would keep of one request. */
type HarEntry = { readonly startedDateTime: string; readonly [name: string]: unknown };

type Sent = {
  readonly method?: string;
  readonly path: string;
  readonly key?: string | undefined;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly host?: string;
};

/**
 * A day of an app that uses OpenComputer, played on the mock with its clock, and kept as an HTTP Archive as a browser writes
 * it.
 */
export async function recordDay(faults: readonly Fault[] = []): Promise<string> {
  const mock = createMock({ faults, clockScale: 0, startMs: Date.UTC(2026, 0, 5, 8), settings: { quota: 5 } });
  const { clock } = mock.defaultWorld();
  const entries: HarEntry[] = [];
  const send = async (sent: Sent) => {
    const { method = "GET", path, key = dayKeys.own, json, text, host = "api.cloud.test" } = sent;
    const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
    const headers = new Headers(sent.headers);
    if (key !== "" && host === "api.cloud.test") headers.set("X-API-Key", key);
    if (body !== undefined) headers.set("content-type", "application/json");
    const url = `http://${host}${path}`;
    const startedAtMs = clock.now();
    clock.advance(5);
    const response = await mock.fetch(
      "opencomputer",
      new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
    const answer = await response.text();
    clock.advance(5);
    entries.push({
      ...{ startedDateTime: new Date(startedAtMs).toISOString(), time: 10, cache: {}, timings: {} },
      request: {
        ...{ method, url, httpVersion: "h2", cookies: [], queryString: [], headers: pairs(headers), headersSize: -1 },
        ...(body === undefined
          ? { bodySize: 0 }
          : { bodySize: body.length, postData: { mimeType: "application/json", text: body } }),
      },
      response: {
        ...{
          status: response.status,
          statusText: "",
          httpVersion: "h2",
          cookies: [],
          headers: pairs(response.headers),
        },
        content: { size: answer.length, mimeType: response.headers.get("content-type") ?? "", text: answer },
        ...{ redirectURL: "", headersSize: -1, bodySize: -1 },
      },
    });
    try {
      return JSON.parse(answer) as Record<string, string>;
    } catch {
      return {};
    }
  };
  await playDay(send, (seconds) => clock.advance(seconds * 1000));
  const log = { version: "1.2", creator: { name: "browser", version: "1" }, pages: [], entries };
  return JSON.stringify({ log }, null, 1);
}

function pairs(headers: Headers) {
  return [...headers].map(([name, value]) => ({ name, value }));
}

type Send = (sent: Sent) => Promise<Record<string, string>>;

const sandboxes = "/api/sandboxes";

async function playDay(send: Send, wait: (seconds: number) => void): Promise<void> {
  const post = (path: string, json?: unknown, key?: string) => send({ method: "POST", path, json, key });
  const at = (id: string) => `${sandboxes}/${id}`;

  await send({ path: sandboxes });
  const first = (await post(sandboxes, { timeout: 3600, metadata: { job: "morning" } }))["sandboxID"]!;
  await send({ path: at(first) });
  await send({ path: sandboxes });
  await send({ method: "PUT", path: `${at(first)}/tags`, json: { team: "blue" } });
  await send({ path: `${at(first)}/tags` });
  wait(60);
  await send({ method: "POST", path: `${at(first)}/timeout`, json: { timeout: 7200 } });
  await send({ path: at(first) });

  // A sandbox whose ports ask for a token.
  const gated = await post(sandboxes, { timeout: 1800, previewAuth: { scheme: "bearer", token: "auto" } });
  const [id, token] = [gated["sandboxID"]!, gated["previewAuthToken"]!];
  const visit = (headers: Readonly<Record<string, string>> = {}) =>
    send({ path: "/", host: `${id}-p3000.localhost`, headers });
  await visit();
  await visit({ "X-OC-Preview-Token": token });
  await visit({ "X-OC-Preview-Token": `${token.slice(0, -1)}x` });
  await send({ path: at(id) });
  await post(`${at(id)}/preview`, { port: 3000 });
  await send({ path: `${at(id)}/preview` });
  const rotated = (await post(`${at(id)}/preview/rotate`))["previewAuthToken"]!;
  await visit({ "X-OC-Preview-Token": token });
  await visit({ "X-OC-Preview-Token": rotated });

  // It sleeps, and is woken; twice in a row does no harm.
  await post(`${at(id)}/hibernate`);
  await post(`${at(id)}/hibernate`);
  await send({ path: at(id) });
  wait(600);
  await post(`${at(id)}/wake`, {});
  await post(`${at(id)}/wake`, {});
  await send({ path: at(id) });

  // Mistakes of the app.
  await post(sandboxes, { timeout: -1 });
  await send({ method: "POST", path: sandboxes, text: "{" });
  await post(sandboxes, { cpuCount: 3, memoryMB: 5 });
  await post(sandboxes, { previewAuth: { token: "short" } });
  await post(`${at(first)}/preview`, { port: 70_000 });
  await post(`${at(first)}/timeout`, { timeout: -5 });
  await send({ path: sandboxes, key: "" });
  await send({ path: sandboxes, key: "wrong-key" });
  await send({ method: "POST", path: sandboxes, key: "", text: "{" });
  await send({ path: at("sb-0123456789abcdef") });

  // Another organisation, whose key is none of this one's business.
  const others = (await post(sandboxes, { timeout: 600 }, dayKeys.other))["sandboxID"]!;
  await send({ path: sandboxes, key: dayKeys.other });
  await send({ path: at(first), key: dayKeys.other });
  await send({ method: "DELETE", path: at(first), key: dayKeys.other });
  await send({ path: at(first) });
  await send({ path: sandboxes });
  await send({ path: at(others), key: dayKeys.other });

  // The evening: what was left alone has gone to sleep, and all is ended.
  const short = (await post(sandboxes, { timeout: 60 }))["sandboxID"]!;
  wait(90);
  await send({ path: at(short) });
  wait(8 * 3600);
  await send({ path: at(first) });
  await send({ path: at(others), key: dayKeys.other });
  await send({ path: sandboxes });
  for (const each of [first, id, short]) {
    await send({ method: "DELETE", path: at(each) });
    await send({ path: at(each) });
  }
  await post(`${at(first)}/wake`, {});
  await send({ path: sandboxes });
}
