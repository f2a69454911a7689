import type { components, operations } from "../../generated/control/types.ts";

/** The documents of the control API. */
export type Schemas = components["schemas"];

/** What the sandboxes of a world may be filtered by. */
export type SandboxQuery = NonNullable<operations["listSandboxLives"]["parameters"]["query"]>;

/** A refusal of the control API, with its words. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const base = "/__sandglass";
const tokenName = "sandglass-control-token";

/** Keeps the control token for as long as the tab is open. Pages of previews have an origin of their own, and do not see it. */
export function keepToken(token: string): void {
  sessionStorage.setItem(tokenName, token);
}

/** Calls the control API. It takes writes as JSON alone, which is what keeps other pages from it. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reads a stream of server-sent events until it ends; `fetch` can send a token, which `EventSource` cannot. */
export async function watch(
  path: string,
  onEvent: (name: string, data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send("GET", path, undefined, signal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const [, name = "", data = ""] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
      onEvent(name, JSON.parse(data));
    }
  }
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const token = sessionStorage.getItem(tokenName);
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
      ...(token === null ? {} : { "x-sandglass-control-token": token }),
    },
    ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as Partial<Schemas["ControlError"]>;
  throw new Refusal(response.status, error ?? `the mock answered ${response.status}`);
}
