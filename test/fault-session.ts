import { request } from "node:http";
import { openComputerKeys, startOpenComputer } from "./reference/opencomputer.ts";
import { recoupCallers, startRecoup } from "./reference/recoup.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";

/** An answer, its body read as JSON where it is that. */
export type Reply = { readonly status: number; readonly body: unknown; readonly text: string };
/** Sends an operation, such as `GET /api/sandboxes`, with the credential of one caller. */
export type Caller = (operation: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

function callerOf(url: string, credential: Record<string, string>): Caller {
  return (operation, body, headers = {}) => {
    const [method = "", path = ""] = operation.split(" ");
    const written = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    // The length is said, since Node's client leaves the body of a DELETE unframed.
    const declared =
      written === undefined ? {} : { "content-type": "application/json", "content-length": written.length };
    return new Promise((resolve, reject) => {
      const sent = request(url + path, { method, headers: { ...credential, ...declared, ...headers } }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: readJson(text), text }));
      });
      sent.on("upgrade", (answer, socket) => {
        socket.destroy();
        resolve({ status: answer.statusCode ?? 0, body: undefined, text: "" });
      });
      sent.on("error", reject).end(written);
    });
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is seen of each fault: by the clean server, by the one that has it, and by which requests. */
export type Shown<Session> = Readonly<
  Record<string, readonly [clean: unknown, faulty: unknown, look: (session: Session) => Promise<unknown>]>
>;

/** A member of a JSON answer, by its path. */
export function at(reply: Reply, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)?.[key], reply.body);
}

/** What the tests of the faults of OpenComputer do. */
export class OpenComputerSession {
  readonly acme: Caller;
  readonly globex: Caller;
  readonly anyone: Caller;
  readonly advance: SteppedClock["advance"];
  constructor(url: string, clock: SteppedClock) {
    this.acme = callerOf(url, { "x-api-key": openComputerKeys.acme });
    this.globex = callerOf(url, { "x-api-key": openComputerKeys.globex });
    this.anyone = callerOf(url, {});
    this.advance = clock.advance;
  }

  async create(body: unknown = {}, caller = this.acme): Promise<{ id: string; token: string }> {
    const made = await caller("POST /api/sandboxes", body);
    return { id: at(made, "sandboxID") as string, token: at(made, "previewAuthToken") as string };
  }

  on(id: string, operation: string, body?: unknown, caller = this.acme): Promise<Reply> {
    const [method, rest = ""] = operation.split(" ");
    return caller(`${method} /api/sandboxes/${id}${rest}`, body);
  }

  async status(id: string): Promise<unknown> {
    return at(await this.on(id, "GET"), "status");
  }

  async rotate(id: string): Promise<string> {
    return at(await this.on(id, "POST /preview/rotate"), "previewAuthToken") as string;
  }

  open(id: string, token = "", headers: Record<string, string> = {}): Promise<Reply> {
    return this.anyone("GET /", undefined, {
      host: `${id}-p80.localhost`,
      ...(token === "" ? {} : { "x-oc-preview-token": token }),
      ...headers,
    });
  }

  /** How many creates succeed until the quota of five is full. */
  async fill(): Promise<number> {
    for (let made = 0; made < 10; made++) if ((await this.acme("POST /api/sandboxes", {})).status !== 201) return made;
    return 10;
  }
}

/** What the tests of the faults of Recoup do. */
export class RecoupSession {
  readonly ada: Caller;
  readonly bob: Caller;
  readonly eve: Caller;
  readonly advance: SteppedClock["advance"];
  constructor(url: string, clock: SteppedClock) {
    this.ada = callerOf(url, { "x-api-key": recoupCallers.ada.key });
    this.bob = callerOf(url, { "x-api-key": recoupCallers.bob.key });
    this.eve = callerOf(url, { "x-api-key": recoupCallers.eve.key });
    this.advance = clock.advance;
  }

  /** What a list of an account's sandboxes has at this path. */
  async listed(caller: Caller, ...path: (string | number)[]): Promise<unknown> {
    return at(await caller("GET /api/sandboxes"), ...path);
  }

  async setUp(caller = this.ada, body: unknown = {}): Promise<string> {
    const { body: started } = await caller("POST /api/sandboxes/setup", body);
    this.advance(5_000);
    return (started as { runId: string }).runId;
  }

  upload(...texts: unknown[]): Promise<Reply> {
    const files = texts.map((text, index) => ({
      url: `data:,${String(text)}`,
      name: text === "" ? "" : `${index}.txt`,
    }));
    return this.ada("POST /api/sandboxes/files", { files });
  }
}

/** What is seen on an OpenComputer server, clean or with a fault. */
export async function lookAtOpenComputer<Seen>(look: (session: OpenComputerSession) => Promise<Seen>, fault?: string) {
  const clock = new SteppedClock();
  const options = fault === undefined ? {} : { fault };
  const { url, close } = await startOpenComputer({ now: clock.now, quota: 5, ...options });
  return look(new OpenComputerSession(url, clock)).finally(close);
}

/** What is seen on a Recoup server, clean or with a fault. */
export async function lookAtRecoup<Seen>(look: (session: RecoupSession) => Promise<Seen>, fault?: string) {
  const clock = new SteppedClock();
  const { url, close } = await startRecoup({ now: clock.now, ...(fault === undefined ? {} : { fault }) });
  return look(new RecoupSession(url, clock)).finally(close);
}
