import type { components } from "../../generated/opencomputer/types.ts";
import type { ServerSentEvent } from "../kit/event-stream.ts";
import type { Answer, MockRequest } from "../kit/exchange.ts";

type CreateSandboxRequest = components["schemas"]["CreateSandboxRequest"];

/**
 * Makes the answer to a create a stream that begins with the log of the build, where the caller asks for one. A build takes
 * no time here: the whole stream is there at once.
 *
 * @param body - what was sent; of a build that fails, the answer's pointer says at which step
 */
export function withBuildLog(request: MockRequest, body: unknown, answer: Answer): Answer {
  const { image, snapshot } = body as CreateSandboxRequest;
  if (request.header("accept") !== "text/event-stream" || (image === undefined && !snapshot)) return answer;
  const failed = answer.status < 400 ? undefined : answer.reason?.pointer;
  return { ...answer, events: snapshot ? logSnapshot(snapshot, failed) : logImage(image?.steps ?? [], failed) };
}

function logSnapshot(name: string, failed: string | undefined): ServerSentEvent[] {
  const resolving = log(0, "resolve", `Resolving snapshot '${name}'...`);
  return /^\/(?:snapshot|image)/.test(failed ?? "") ? [resolving] : [resolving, creating];
}

function logImage(steps: readonly { readonly type: string }[], failed: string | undefined): ServerSentEvent[] {
  const failedAt = /^\/image\/steps\/(\d+)/.exec(failed ?? "")?.[1];
  const count = steps.length;
  const done = steps.slice(0, failedAt === undefined ? count : Number(failedAt)).flatMap(({ type }, at) => {
    const step = at + 1;
    return [log(step, type, `Step ${step}/${count}: ${type}`), log(step, type, `Step ${step}/${count} completed`)];
  });
  const built = failedAt === undefined ? [log(count + 1, "checkpoint", "Creating checkpoint..."), creating] : [];
  return [log(0, "build", `Building image with ${count} steps`), ...done, ...built];
}

function log(step: number, type: string, message: string): ServerSentEvent {
  return { name: "build_log", data: { step, type, message } };
}

const creating = log(0, "create", "Creating sandbox from image...");
