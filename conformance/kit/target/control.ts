import { fetchOf } from "./fetch-of.ts";
import { isObject } from "../law/schema.ts";
import type { Target } from "./target.ts";

/** The world of Sandglass's mock that a run's key belongs to, by the mock's control API. */
type ControlledWorld = {
  /** Asks for what is below the world's address; undefined where the answer is no success. */
  readonly ask: (path: string, init?: RequestInit) => Promise<unknown>;
};

/** Finds the world, or undefined where the target is another server. */
export async function findWorld(target: Target): Promise<ControlledWorld | undefined> {
  const { baseUrl, key, headers: own } = target;
  const send = fetchOf(target);
  const worlds = `${baseUrl.replace(/\/+$/, "")}/__sandglass/worlds`;
  const read = async (url: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { ...own, ...(init.headers as Record<string, string> | undefined) };
    const response = await send(new Request(url, { ...init, headers, signal: AbortSignal.timeout(controlTimeoutMs) }));
    return response.ok ? await response.json() : undefined;
  };
  // The key says which world is the run's, and is not sent for it: a URL ends up in logs.
  const world = worldOf(await read(worlds).catch(() => undefined), key);
  if (world === undefined) return undefined;
  return {
    ask: (path, init) => read(`${worlds}/${encodeURIComponent(world)}${path}`, init).catch(() => undefined),
  };
}

/** A request that changes a part of the world. */
export function patchOf(body: unknown): RequestInit {
  return { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

const controlTimeoutMs = 5_000;

/** The id of the world whose tenants have this key. */
function worldOf(list: unknown, key: string): string | undefined {
  const worlds = (Array.isArray(list) ? list : []).filter(isObject);
  const hasKey = (tenants: unknown) =>
    Array.isArray(tenants) && tenants.some((tenant) => isObject(tenant) && tenant["key"] === key);
  const id = worlds.find(({ tenants }) => hasKey(tenants))?.["id"];
  return typeof id === "string" ? id : undefined;
}
