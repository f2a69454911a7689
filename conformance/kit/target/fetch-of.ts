import type { EnvHttpProxyAgent } from "undici";
import type { Certificates, FetchLike, Target } from "./target.ts";

/** How requests reach a target, but those to its previews. */
export function fetchOf({ fetch: own, certificates }: Pick<Target, "fetch" | "certificates">): FetchLike {
  if (own !== undefined) return own;
  if (certificates === undefined) return fetch;
  return async (request) => fetch(request, { dispatcher: await agentOf(certificates) } as unknown as RequestInit);
}

const agents = new WeakMap<Certificates, Promise<EnvHttpProxyAgent>>();

/** Connections of one set of certificates are kept open for each other; they go by the proxies of the environment. */
function agentOf(certificates: Certificates): Promise<EnvHttpProxyAgent> {
  const agent = agents.get(certificates) ?? createAgent(certificates);
  agents.set(certificates, agent);
  return agent;
}

async function createAgent(certificates: Certificates): Promise<EnvHttpProxyAgent> {
  const { EnvHttpProxyAgent: NewAgent } = await import("undici");
  return new NewAgent({ connect: certificates, requestTls: certificates });
}
