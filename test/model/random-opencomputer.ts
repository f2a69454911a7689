import { pick, playSteps } from "./random-session.ts";
import type { Draw, RandomSession } from "./random-session.ts";
import type { Asking } from "./recorder.ts";

type Known = { readonly id: string; readonly tokens: string[]; readonly checkpoints: string[] };

/** Two organisations that do whatever comes to mind, often at once, while time goes by. */
export async function playOpenComputer(session: RandomSession): Promise<void> {
  const { recorder, draw } = session;
  const known: Known[] = [];
  const one = async () => {
    const choice = draw(24);
    const asking =
      known.length === 0 || choice === 0
        ? createAsking(session)
        : choice === 1
          ? listAsking(session)
          : actAsking(session, known);
    const exchange = await recorder.send(asking, session.loses !== false && draw(40) === 0);
    const json = exchange.response?.json as { sandboxID?: string; previewAuthToken?: string; id?: string } | undefined;
    if (asking.operation === "createSandbox" && typeof json?.sandboxID === "string")
      known.push({ id: json.sandboxID, tokens: [], checkpoints: [] });
    const about = known.find(({ id }) => id === (asking.path?.["id"] ?? json?.sandboxID));
    if (asking.operation === "createCheckpoint" && typeof json?.id === "string") about?.checkpoints.push(json.id);
    if (typeof json?.previewAuthToken === "string") about?.tokens.push(json.previewAuthToken);
  };
  await playSteps(session, one);
}

function asked(
  { keys, draw }: RandomSession,
  more: Omit<Asking, "actor" | "url"> & { at: string; json?: unknown; text?: string },
): Asking {
  const { at, json, text, ...rest } = more;
  const names = Object.keys(keys);
  const actor = draw(12) === 0 ? undefined : draw(6) === 0 ? names[1] : names[0];
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  return {
    ...rest,
    actor,
    url: `http://127.0.0.1${at}`,
    headers: {
      ...(actor === undefined ? {} : { "x-api-key": keys[actor]! }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
  };
}

function createAsking(session: RandomSession): Asking {
  const { draw } = session;
  const bodies: unknown[] = [
    {},
    { timeout: 2 },
    { timeout: 300 },
    { timeout: 0, previewAuth: {} },
    { timeout: 1, previewAuth: { token: "correct-horse-battery" } },
    { templateID: "python", envs: { A: "b" }, timeout: 60, previewAuth: { scheme: "bearer", token: "auto" } },
    { timeout: -1 },
    { previewAuth: { token: "short" } },
    { memoryMB: 8192, cpuCount: 1 },
  ];
  return asked(session, { operation: "createSandbox", method: "POST", at: "/api/sandboxes", json: pick(draw, bodies) });
}

function listAsking(session: RandomSession): Asking {
  return asked(session, { operation: "listSandboxes", method: "GET", at: "/api/sandboxes" });
}

function actAsking(session: RandomSession, known: readonly Known[]): Asking {
  const { draw } = session;
  const recent = known.slice(-3);
  const stranger = { id: "sb-00000000", tokens: [], checkpoints: [] };
  const { id, tokens, checkpoints } = draw(20) === 0 ? stranger : pick(draw, recent);
  const at = `/api/sandboxes/${id}`;
  const path = { id };
  const port = pick(draw, [3000, 8080, 443, 65_535]);
  const choices: (() => Asking)[] = [
    () => asked(session, { operation: "getSandbox", method: "GET", at, path }),
    () => asked(session, { operation: "getSandbox", method: "GET", at, path }),
    () => asked(session, { operation: "getSandboxTags", method: "GET", at: `${at}/tags`, path }),
    () => asked(session, { operation: "listPreviews", method: "GET", at: `${at}/preview`, path }),
    () => listAsking(session),
    () => asked(session, { operation: "hibernateSandbox", method: "POST", at: `${at}/hibernate`, path }),
    () =>
      asked(session, {
        operation: "wakeSandbox",
        method: "POST",
        at: `${at}/wake`,
        path,
        json: pick(draw, [{}, { timeout: 5 }, { timeout: 0 }, { timeout: -2 }]),
      }),
    () => asked(session, { operation: "wakeSandbox", method: "POST", at: `${at}/wake`, path }),
    () =>
      asked(session, {
        operation: "setSandboxTimeout",
        method: "POST",
        at: `${at}/timeout`,
        path,
        json: { timeout: pick<unknown>(draw, [0, 1, 30, 300, -1, "5"]) },
      }),
    () =>
      asked(session, {
        operation: "replaceSandboxTags",
        method: "PUT",
        at: `${at}/tags`,
        path,
        json: pick<unknown>(draw, [
          {},
          { a: "1" },
          { a: "2", b: "ä" },
          { "oc:x": "1" },
          { a: 1 },
          { c: "x".repeat(257) },
        ]),
      }),
    () =>
      asked(session, {
        operation: "createPreview",
        method: "POST",
        at: `${at}/preview`,
        path,
        json: { port: pick<unknown>(draw, [port, port, 0, "80"]) },
      }),
    () =>
      asked(session, {
        operation: "deletePreview",
        method: "DELETE",
        at: `${at}/preview/${port}`,
        path: { id, port: String(port) },
      }),
    () => asked(session, { operation: "rotatePreviewToken", method: "POST", at: `${at}/preview/rotate`, path }),
    () => previewAsking(draw, id, tokens, port),
    () => previewAsking(draw, id, tokens, port),
    () => insideAsking(session, id),
    () => (draw(3) === 0 ? checkpointAsking(session, id, checkpoints) : insideAsking(session, id)),
    () =>
      draw(4) === 0 ? asked(session, { operation: "killSandbox", method: "DELETE", at, path }) : listAsking(session),
  ];
  return pick(draw, choices)();
}

function insideAsking(session: RandomSession, id: string): Asking {
  const { draw } = session;
  const at = `/api/sandboxes/${id}/files?path=${pick(draw, ["/tmp/a.txt", "b.txt", "/home/sandbox/b.txt"])}`;
  const text = pick(draw, ["one", "two\n", ""]);
  return pick(draw, [
    () => asked(session, { operation: "writeFile", method: "PUT", at, path: { id }, text }),
    () => asked(session, { operation: "readFile", method: "GET", at, path: { id } }),
    () => asked(session, { operation: "readFile", method: "GET", at, path: { id } }),
    () => {
      const json = { cmd: pick(draw, ["printf out; printf err >&2", "exit 3"]) };
      const run = `/api/sandboxes/${id}/exec/run`;
      return asked(session, { operation: "runCommand", method: "POST", at: run, path: { id }, json });
    },
  ])();
}

function checkpointAsking(session: RandomSession, id: string, checkpoints: readonly string[]): Asking {
  const { draw } = session;
  const at = `/api/sandboxes/${id}/checkpoints`;
  if (checkpoints.length === 0 || draw(2) === 0) {
    const json = { name: `kept-${draw(1000)}` };
    return asked(session, { operation: "createCheckpoint", method: "POST", at, path: { id }, json });
  }
  const checkpointId = pick(draw, checkpoints);
  const restore = `${at}/${checkpointId}/restore`;
  return asked(session, { operation: "restoreCheckpoint", method: "POST", at: restore, path: { id, checkpointId } });
}

function previewAsking(draw: Draw, id: string, tokens: readonly string[], port: number): Asking {
  const right = tokens.at(-1) ?? "no-such-token-at-all";
  const token = pick(draw, [right, right, tokens[0] ?? right, `${right}x`]);
  const headers: Record<string, string> = pick<Record<string, string>>(draw, [
    {},
    { "x-oc-preview-token": token },
    { authorization: `Bearer ${token}` },
    { "x-oc-preview-token": token, authorization: `bearer ${right}` },
  ]);
  const url = `http://${id}-p${port}.localhost/`;
  return {
    actor: undefined,
    operation: "preview",
    path: { id, port: String(port) },
    method: pick(draw, ["GET", "POST"]),
    url,
    headers,
  };
}
