import type { Exchange } from "../kit/law/exchange.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import type { PreviewCall, PreviewSocketAnswer } from "../kit/law/call.ts";
import { TransientFailure, Unjudged } from "../kit/law/unjudged.ts";

/** Headers of a request to a preview. */
export type PreviewHeaders = Readonly<Record<string, string>>;

/** Sends requests to previews. One that gets no answer is undefined: the scenario goes on, and the laws about it are not judged. */
export type PreviewClient = {
  readonly send: (headers: PreviewHeaders, call?: Omit<PreviewCall, "id" | "headers">) => Promise<Exchange | undefined>;
  readonly connect: (headers: PreviewHeaders) => Promise<PreviewSocketAnswer | undefined>;
};

/** Creates a client of the previews of one sandbox. */
export function createPreviewClient(run: LawRun, id: string): PreviewClient {
  return {
    send: (headers, call = {}) => unlessNoRoute(() => run.preview({ ...call, id, headers })),
    connect: (headers) => unlessNoRoute(() => run.previewSocket({ id, headers })),
  };
}

/** A token in the header of its own. Beyond ASCII it is sent as UTF-8, each byte as a character of its own. */
export function inOwnHeader(token: string): PreviewHeaders {
  return { "x-oc-preview-token": asBytes(token) };
}

/** A token as a bearer token, the scheme in this spelling. */
export function asBearer(token: string, scheme = "Bearer"): PreviewHeaders {
  return { authorization: `${scheme} ${asBytes(token)}` };
}

function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

async function unlessNoRoute<Result>(send: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof Unjudged && error.skipCause === "input-missing") return undefined;
    if (error instanceof TransientFailure) return undefined; // one request that got no answer leaves the others be
    throw error;
  }
}

/** Whether a request came through the gate. What stands behind it may answer as it likes, but for 401. */
export function isAdmitted({ response }: Exchange): boolean {
  return response.status !== 401 && response.status !== 403;
}

/** What was seen of a preview. */
export function seen<Answer>(answer: Answer | undefined): Answer {
  if (answer === undefined) throw new TransientFailure("a request to a preview got no answer");
  return answer;
}
