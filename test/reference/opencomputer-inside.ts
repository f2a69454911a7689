import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type Answer, type Asked, Refusal } from "./http.ts";

/** What is in a sandbox: files by path. They go with it. */
export type Files = Map<string, Buffer>;

/**
 * Does what is asked inside a sandbox that runs: files, and as much of a shell as prints words and ends with a code. Undefined for
 * all else.
 */
export function actInside({ method, path, query, body }: Asked, files: Files): Answer | undefined {
  const operation = `${method} ${path.slice(3).join("/")}`;
  if (operation === "POST exec/run") return { status: 200, body: interpret(body) };
  const name = query.get("path") ?? (operation === "GET files/list" ? "/" : null);
  if (!/^(?:GET|PUT|DELETE) files$|^GET files\/list$|^POST files\/mkdir$/.test(operation)) return undefined;
  if (name === null || name === "") throw new Refusal(400, { error: "path query parameter is required" });
  if (operation === "GET files/list") {
    const entries = [...files].flatMap(([path, { length }]) => {
      const isDir = path.endsWith("/");
      const own = isDir ? path.slice(0, -1) : path;
      const under = own.slice(name.length + 1);
      if (!own.startsWith(`${name}/`) || under.includes("/")) return [];
      return [{ name: under, isDir, path: own, ...(isDir ? {} : { size: length }) }];
    });
    return { status: 200, body: entries };
  }
  if (operation === "POST files/mkdir") {
    files.set(`${name}/`, Buffer.alloc(0));
    return { status: 204 };
  }
  if (operation === "DELETE files") {
    for (const each of [...files.keys()]) if (each === name || each.startsWith(`${name}/`)) files.delete(each);
    return { status: 204 };
  }
  if (operation === "PUT files") {
    if (body === "too large") throw new Refusal(413, { error: "it is too large" });
    files.set(name, body);
    return { status: 204 };
  }
  const content = files.get(name);
  if (content === undefined) throw new Refusal(500, { error: `open ${name}: no such file or directory` });
  const shown = isUtf8(content) ? content.toString("utf8") : content;
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: shown };
}

type Handle = {
  readonly id: string;
  readonly sandbox: string;
  readonly kind: "session" | "command" | "terminal";
  /** Of a command that has ended. */
  readonly result?: ReturnType<typeof interpret>;
};

/** Sessions, terminals and commands that go on: each is known by its sandbox alone. */
export class Handles {
  readonly all: Handle[] = [];

  /** Undefined where it is asked for something else. */
  act({ method, path, body }: Asked, sandbox: string, startedAt: string): Answer | undefined {
    const [part, id, action] = path.slice(3);
    const begin = (kind: Handle["kind"], result?: Handle["result"]) => {
      const handle: Handle = { id: randomBytes(4).toString("hex"), sandbox, kind, ...(result && { result }) };
      this.all.push(handle);
      return handle.id;
    };
    const show = ({ id: sessionID }: Pick<Handle, "id">, command = "program") => {
      return { sessionID, sandboxID: sandbox, command, args: null, running: true, startedAt, attachedClients: 0 };
    };
    const own = this.all.find((each) => each.id === id && each.sandbox === sandbox);
    const end = () => {
      if (own === undefined) throw new Refusal(404, { error: `exec ${id} not found` });
      this.all.splice(this.all.indexOf(own), 1);
      return { status: 204 };
    };
    const run = `${method} ${part} ${action ?? ""}`;
    if (part === "pty" && method === "POST" && id === undefined) {
      return { status: 201, body: { sessionID: begin("terminal"), sandboxID: sandbox } };
    }
    if (run === "POST pty resize") {
      if (own === undefined) throw new Refusal(404, { error: `pty session ${id} not found` });
      return { status: 200 };
    }
    if (run === "DELETE pty ") return end();
    if (part !== "exec" || id === "run") return undefined;
    if (id === "run-async") {
      const goesOn = /"cmd":"sleep/.test(String(body));
      const execId = begin("command", goesOn ? undefined : interpret(body));
      return { status: 202, body: { execId, running: true, startedAt } };
    }
    if (id === undefined && method === "POST") {
      const { cmd } = JSON.parse(String(body)) as { cmd?: unknown };
      if (typeof cmd !== "string" || cmd === "") throw new Refusal(400, { error: "cmd is required" });
      return { status: 201, body: show({ id: begin("session") }, cmd) };
    }
    if (id === undefined) {
      const sessions = this.all.filter((each) => each.sandbox === sandbox && each.kind === "session");
      return { status: 200, body: sessions.map((each) => show(each)) };
    }
    if (action === "kill") return end();
    if (own === undefined) throw new Refusal(404, { error: `exec ${id} not found` });
    const { result } = own;
    return { status: 200, body: { running: result === undefined, ...(result ?? { stdout: "", stderr: "" }) } };
  }
}

function interpret(body: Asked["body"]): { exitCode: number; stdout: string; stderr: string } {
  const { cmd } = JSON.parse(String(body)) as { cmd?: unknown };
  if (typeof cmd !== "string" || cmd === "") throw new Refusal(400, { error: "cmd is required" });
  const result = { exitCode: 0, stdout: "", stderr: "" };
  for (const command of cmd.split(";").map((each) => each.trim().split(/\s+/))) {
    const [program, word = "", target] = command;
    if (program === "exit") return { ...result, exitCode: Number(word) };
    if (program === "printf") result[target === ">&2" ? "stderr" : "stdout"] += word;
  }
  return result;
}
