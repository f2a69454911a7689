import type { Exchange } from "../kit/target/exchange.ts";
import type { LawRun } from "../kit/run/law-run.ts";
import type { PreviewCall, PreviewSocketAnswer } from "../kit/target/preview.ts";
import { EnvironmentTrouble, Unjudged } from "../kit/run/unjudged.ts";

/** Headers of a request to a preview. */
export type VisitHeaders = Readonly<Record<string, string>>;

/** Visits to previews. One that gets no answer is undefined: the story goes on, and the laws about it are not judged. */
export type Visitor = {
  readonly visit: (headers: VisitHeaders, call?: Omit<PreviewCall, "id" | "headers">) => Promise<Exchange | undefined>;
  readonly connect: (headers: VisitHeaders) => Promise<PreviewSocketAnswer | undefined>;
};

/** Creates a visitor to the previews of one sandbox. */
export function createVisitor(run: LawRun, id: string): Visitor {
  return {
    visit: (headers, call = {}) => unlessNoRoute(() => run.preview({ ...call, id, headers })),
    connect: (headers) => unlessNoRoute(() => run.previewSocket({ id, headers })),
  };
}

/** A token in the header of its own. Beyond ASCII it is sent as UTF-8, each byte as a character of its own. */
export function inOwnHeader(token: string): VisitHeaders {
  return { "x-oc-preview-token": asBytes(token) };
}

/** A token as a bearer token, the scheme in this spelling. */
export function asBearer(token: string, scheme = "Bearer"): VisitHeaders {
  return { authorization: `${scheme} ${asBytes(token)}` };
}

function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

async function unlessNoRoute<Result>(visit: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await visit();
  } catch (error) {
    if (error instanceof Unjudged && error.skipCause === "input-missing") return undefined;
    if (error instanceof EnvironmentTrouble) return undefined; // one visit that got no answer leaves the others be
    throw error;
  }
}

/** Whether a request came through the gate. What stands behind it may answer as it likes, but for 401. */
export function isAdmitted({ response }: Exchange): boolean {
  return response.status !== 401 && response.status !== 403;
}

/** What was seen of a preview. */
export function seen<Answer>(answer: Answer | undefined): Answer {
  if (answer === undefined) throw new EnvironmentTrouble("a request to a preview got no answer");
  return answer;
}
