import type { Answer, Handler } from "../kit/exchange.ts";
import { formatTagTime, refuseUnknown } from "./answers.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { refuseTagValue } from "./request-fault.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

export const getSandboxTags: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  return found === undefined ? refuseUnknown() : answerTags(found.record);
};

export const replaceSandboxTags: Handler<OpenComputerParts> = async (call, parts) => {
  const tags = call.body as Readonly<Record<string, string>>;
  const tooLong = Object.keys(tags).find((key) => Buffer.byteLength(tags[key]!) > valueBytesMax);
  if (tooLong !== undefined) return refuseTagValue(tooLong, `a value has at most ${valueBytesMax} bytes of UTF-8`);
  const tagsUpdatedAtMs = Object.keys(tags).length === 0 ? undefined : call.nowMs;
  const replaced = await decideOnSandbox(call, parts, () => ({ change: { tags, tagsUpdatedAtMs } }));
  return "refusal" in replaced ? replaced.refusal : answerTags(replaced.value);
};

// The documentation counts characters, the vendor bytes: what is too long for either is refused.
const valueBytesMax = 256;

function answerTags({ tags, tagsUpdatedAtMs }: OpenComputerSandboxRecord): Answer {
  return { status: 200, json: { tags, tagsLastUpdatedAt: formatTagTime(tagsUpdatedAtMs) } };
}
