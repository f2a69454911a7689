import type { WrittenAnswer } from "../kit/answer.ts";
import type { PreviewAddress } from "./preview-address.ts";

/**
 * What a browser lets a page of a preview do that was reached by its path. Such a page comes from the host and port of
 * the API: without `allow-same-origin` the browser gives it an origin of its own all the same, one that equals no other.
 */
export const sandboxPolicy = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts";

/** An answer of ours, with the policy where its address needs it. */
export function sandboxed(answer: WrittenAnswer, { sharesOrigin }: PreviewAddress): WrittenAnswer {
  if (!sharesOrigin) return answer;
  return { ...answer, headers: { ...answer.headers, "content-security-policy": sandboxPolicy } };
}
