import { pick, playSteps } from "./random-session.ts";
import type { RandomSession } from "./random-session.ts";
import type { Asking } from "./recorder.ts";

type Known = { readonly sandboxes: string[]; readonly runs: string[] };

/** Two strangers that make sandboxes and runs, set what their accounts keep, and read all of it. */
export async function playRecoup(session: RandomSession): Promise<void> {
  const { recorder, draw } = session;
  const known: Known = { sandboxes: [], runs: [] };
  await playSteps(session, async () => {
    const exchange = await recorder.send(nextAsking(session, known), session.loses !== false && draw(40) === 0);
    const json = exchange.response?.json as
      { sandboxes?: { sandboxId: string; runId?: string }[]; runId?: string } | undefined;
    if (exchange.operation === "createSandbox")
      known.sandboxes.push(...(json?.sandboxes ?? []).map(({ sandboxId }) => sandboxId));
    const run = json?.runId ?? (exchange.operation === "createSandbox" ? json?.sandboxes?.[0]?.runId : undefined);
    if (typeof run === "string") known.runs.push(run);
  });
}

function nextAsking({ draw, keys }: RandomSession, { sandboxes, runs }: Known): Asking {
  const names = Object.keys(keys);
  const actor = draw(12) === 0 ? undefined : pick(draw, [names[0], names[0], names[1]]);
  const key: Record<string, string> = actor === undefined ? {} : { "x-api-key": keys[actor]! };
  const ask = (operation: string, method: string, at: string, json?: unknown): Asking => ({
    ...{ actor, operation, method, url: `http://127.0.0.1${at}` },
    headers: { ...key, ...(json === undefined ? {} : { "content-type": "application/json" }) },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const create = (json: unknown) => ask("createSandbox", "POST", "/api/sandboxes", json);
  const update = (json: unknown) => ask("updateSandboxSnapshot", "PATCH", "/api/sandboxes", json);
  const one = encodeURIComponent(pick(draw, ["sbx_none", ...sandboxes.slice(-3)]));
  const run = encodeURIComponent(pick(draw, ["run_none", ...runs.slice(-3)]));
  return pick(draw, [
    create({}),
    create({ command: "true" }),
    create({ prompt: "Say nothing." }),
    create({ command: "" }),
    ask("listSandboxes", "GET", "/api/sandboxes"),
    ask("listSandboxes", "GET", "/api/sandboxes"),
    ask("listSandboxes", "GET", `/api/sandboxes?sandbox_id=${one}`),
    ask("listTaskRuns", "GET", "/api/tasks/runs"),
    ask("listTaskRuns", "GET", `/api/tasks/runs?limit=${1 + draw(3)}`),
    ask("listTaskRuns", "GET", `/api/tasks/runs?runId=${run}`),
    update({ snapshotId: `snap_${draw(3)}` }),
    update({ github_repo: `https://github.com/model/${draw(3)}` }),
    update(draw(2) === 0 ? {} : { snapshotId: "" }),
    draw(3) === 0 ? ask("deleteSandboxes", "DELETE", "/api/sandboxes", {}) : update({}),
    draw(4) === 0 ? ask("setupSandbox", "POST", "/api/sandboxes/setup", {}) : update({}),
    ask("getSandboxFile", "GET", "/api/sandboxes/file?path=README.md"),
  ]);
}
