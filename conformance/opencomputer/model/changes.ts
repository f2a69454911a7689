import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import type { Changes, IdleTimeout, SandboxState, TagValues } from "./sandbox-state.ts";
import type { OperationId } from "../operations.ts";
import type { SentBody } from "./views.ts";

/** What an operation makes of a sandbox, by the contract, where it is carried out. Reading makes nothing of it. */
export function changesOf(
  state: SandboxState,
  { operation, body }: { readonly operation: OperationId; readonly body: SentBody },
  { path, response }: Pick<ObservedExchange, "path" | "response">,
): Changes {
  const sent = isObject(body.json) ? body.json : {};
  switch (operation) {
    case "killSandbox":
      return { status: "stopped", ports: {} };
    case "hibernateSandbox":
      return { status: "hibernated" };
    case "wakeSandbox":
      return { status: "running", idle: idleAfterWake(state, body, sent) };
    case "setSandboxTimeout": {
      const idle: IdleTimeout = { ...secondsIn(body, sent), from: "set" };
      return state.status === "running" ? { idle, status: "running" } : { idle };
    }
    case "replaceSandboxTags":
      return body.is === "broken" ? {} : { tags: sent as TagValues };
    case "createPreview":
      return listing(state, sent["port"], response);
    case "deletePreview":
      return unlisting(state, path["port"]);
    default:
      return {};
  }
}

function secondsIn({ is }: SentBody, { timeout }: JsonObject): Pick<IdleTimeout, "seconds"> {
  return is === "valid" && typeof timeout === "number" ? { seconds: timeout } : {};
}

function idleAfterWake({ idle }: SandboxState, body: SentBody, sent: JsonObject): IdleTimeout {
  if (body.is === "none" || (body.is === "valid" && sent["timeout"] === undefined)) return { ...idle, from: "kept" };
  return { ...secondsIn(body, sent), from: "wake" };
}

function listing({ ports }: SandboxState, port: unknown, response: ObservedExchange["response"]): Changes {
  if (ports === undefined || typeof port !== "number") return {};
  const record = isObject(response?.json) ? response.json : {};
  return { ports: { ...ports, [port]: ports[port] ?? record } };
}

function unlisting({ ports }: SandboxState, sent = ""): Changes {
  const port = String(Number(sent));
  if (ports?.[port] === undefined) return {};
  return { ports: Object.fromEntries(Object.entries(ports).filter(([listed]) => listed !== port)) };
}
