import type { State } from "./laws/states.ts";
import { answerIn } from "./operations.ts";
import type { OperationId } from "./operations.ts";

/** What the contract says a server has to remember of one sandbox, as far as a sequence of operations shows it. */
export type SandboxModel = {
  readonly state: State;
  readonly tags: Readonly<Record<string, string>>;
  readonly ports: readonly number[]; // listed, the lowest first
  readonly rotations: number; // how often the token was replaced
  readonly timeout: number; // seconds of idleness after which it hibernates
};

/** One operation on one sandbox, with what it sends. */
export type Step =
  | { readonly operation: "replaceSandboxTags"; readonly tags: Readonly<Record<string, string>> }
  | { readonly operation: "createPreview" | "deletePreview"; readonly port: number }
  | { readonly operation: "setSandboxTimeout"; readonly timeout: number }
  | {
      readonly operation: Exclude<
        OperationId,
        | "createSandbox"
        | "listSandboxes"
        | "replaceSandboxTags"
        | "createPreview"
        | "deletePreview"
        | "setSandboxTimeout"
      >;
    };

/** A sandbox that was just created, with a timeout that a model's sandbox asks for. */
export const created: SandboxModel = { state: "running", tags: {}, ports: [], rotations: 0, timeout: 300 };

/** What a step is answered with, and what the sandbox is like afterwards. Pure: this is the contract, run by hand. */
export function takeStep(model: SandboxModel, step: Step): { readonly status: number; readonly next: SandboxModel } {
  const status = statusOfStep(model, step);
  return { status, next: status < 300 ? changed(model, step) : model };
}

function statusOfStep({ state, ports }: SandboxModel, step: Step): number {
  const documented = answerIn(step.operation, state);
  if (step.operation === "createPreview" && state === "running") return ports.includes(step.port) ? 200 : documented;
  if (step.operation === "deletePreview") return ports.includes(step.port) ? 204 : 404;
  return documented;
}

function changed(model: SandboxModel, step: Step): SandboxModel {
  switch (step.operation) {
    case "killSandbox":
      return { ...model, state: "stopped", ports: [] };
    case "hibernateSandbox":
      return { ...model, state: "hibernated" };
    case "wakeSandbox":
      return { ...model, state: "running" };
    case "replaceSandboxTags":
      return { ...model, tags: step.tags };
    case "createPreview":
      return { ...model, ports: [...new Set([...model.ports, step.port])].sort((one, other) => one - other) };
    case "deletePreview":
      return { ...model, ports: model.ports.filter((port) => port !== step.port) };
    case "rotatePreviewToken":
      return { ...model, rotations: model.rotations + 1 };
    case "setSandboxTimeout":
      return { ...model, timeout: step.timeout };
    default:
      return model;
  }
}

/** A step with the status that it was answered with. */
export type Observed = { readonly step: Step; readonly status: number };

/**
 * Whether steps that were under way at once can have been taken one after the other, in some order, with the answers
 * that they got: the states that the sandbox may be in then, one for each such order. None is a contradiction.
 *
 * Steps are few: all orders are tried.
 *
 * @see Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects"
 */
export function linearize(model: SandboxModel, observed: readonly Observed[]): readonly SandboxModel[] {
  if (observed.length === 0) return [model];
  const outcomes = observed.flatMap((candidate, index) => {
    const { status, next } = takeStep(model, candidate.step);
    if (status !== candidate.status) return [];
    return linearize(next, observed.toSpliced(index, 1));
  });
  return [...new Map(outcomes.map((outcome) => [JSON.stringify(outcome), outcome])).values()];
}
