import type { Answer, Handler } from "../kit/exchange.ts";
import { formatTime, refuseUnknown } from "./answers.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import type { SandboxRecord } from "./sandbox.ts";

export const getSandboxTags: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  return found === undefined ? refuseUnknown() : answerTags(found.record);
};

export const replaceSandboxTags: Handler<OpenComputerParts> = async (call, parts) => {
  const tags = call.body as Readonly<Record<string, string>>;
  const replaced = await decideOnSandbox(call, parts, () => ({ change: { tags, tagsUpdatedAtMs: call.nowMs } }));
  return "refusal" in replaced ? replaced.refusal : answerTags(replaced.value);
};

function answerTags({ tags, tagsUpdatedAtMs }: SandboxRecord): Answer {
  const tagsLastUpdatedAt = tagsUpdatedAtMs === undefined ? null : formatTime(tagsUpdatedAtMs);
  return { status: 200, json: { tags, tagsLastUpdatedAt } };
}
