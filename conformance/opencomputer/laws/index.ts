import type { Law } from "../../kit/law.ts";
import { answerShape } from "./answer-shape.ts";
import { brokenInput } from "./broken-input.ts";
import { credentials } from "./credentials.ts";
import { sandboxes } from "./sandboxes.ts";

/** Every law of the contract, in the order in which they are judged: what the others rest on comes first. */
export const laws: readonly Law[] = [...answerShape, ...sandboxes, ...brokenInput, ...credentials];
