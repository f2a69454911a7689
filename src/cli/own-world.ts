import type { components } from "../../generated/control/types.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { ConformTarget } from "./conform-options.ts";
import { knownCallers } from "./known-callers.ts";

type World = components["schemas"]["World"];

/** Targets with keys of a world that was made for a run, and how that world is ended. */
type OwnWorlds = { readonly targets: readonly ConformTarget[]; readonly end: () => Promise<void> };

/**
 * Makes a world for a run on each target, which is a mock of Sandglass: the run moves that world's clock and sees its
 * sandboxes, and no others.
 *
 * @throws {@link ContractError} `TARGET_UNREACHABLE` where there is no control API
 */
export async function openOwnWorlds(targets: readonly ConformTarget[]): Promise<OwnWorlds> {
  const opened: { readonly baseUrl: string; readonly id: string }[] = [];
  const end = async () => {
    // A mock that has been stopped meanwhile has no worlds left.
    for (const { baseUrl, id } of opened) await control(baseUrl, `/${id}`, "DELETE").catch(() => undefined);
  };
  const own: ConformTarget[] = [];
  try {
    for (const { name, target, ...rest } of targets) {
      const world = (await (await control(target.baseUrl, "", "POST")).json()) as World;
      opened.push({ baseUrl: target.baseUrl, id: world.id });
      const { previewDomain } = world.settings;
      own.push({ ...rest, name, target: { ...target, ...knownCallers(world.tenants, name), previewDomain } });
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { targets: own, end };
}

async function control(baseUrl: string, path: string, method: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const url = `${baseUrl.replace(/\/+$/, "")}/__sandglass/worlds${path}`;
  const body = method === "POST" ? { body: "{}" } : {};
  const response = await fetch(url, { method, headers, ...body }).catch((cause: unknown) => {
    throw unreachable(`${baseUrl} does not answer: start the mock, or mend the URL`, cause);
  });
  if (response.ok) return response;
  throw unreachable(
    `${baseUrl} makes no world (${response.status}): --own-world is for a mock of Sandglass; elsewhere say --key KEY`,
  );
}

function unreachable(message: string, cause?: unknown): ContractError {
  return new ContractError("TARGET_UNREACHABLE", message, { cause });
}
