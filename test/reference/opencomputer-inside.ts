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
  const name = query.get("path");
  if (operation !== "GET files" && operation !== "PUT files") return undefined;
  if (name === null || name === "") throw new Refusal(400, { error: "path query parameter is required" });
  if (operation === "PUT files") {
    if (body === "too large") throw new Refusal(413, { error: "it is too large" });
    files.set(name, body);
    return { status: 204 };
  }
  const content = files.get(name);
  if (content === undefined) throw new Refusal(500, { error: `open ${name}: no such file or directory` });
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: content.toString("utf8") };
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
