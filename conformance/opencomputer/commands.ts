import type { Breach, SequenceSpec, SequenceStep } from "../kit/law/case.ts";
import type { Exchange } from "../kit/law/exchange.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import { isObject } from "../kit/law/schema.ts";
import { act, get, kill, list } from "./calls.ts";
import { created, takeStep } from "./sequence-model.ts";
import type { SandboxModel, Step } from "./sequence-model.ts";
import { entriesOf, isListedRunning, membersOf, stateIn } from "./readings.ts";

/** Seconds: longer than any sequence takes, so that no state changes by itself. */
const timeout = created.timeout;

/** One sandbox of a sequence, and what it should be like. */
type Walked = { readonly id: string; model: SandboxModel };

/** The sandboxes of one sequence. */
export type Sandboxes = { readonly own: Walked[] };

const steps: Readonly<Record<string, Step>> = {
  hibernate: { operation: "hibernateSandbox" },
  wake: { operation: "wakeSandbox" },
  tag: { operation: "replaceSandboxTags", tags: { step: "tag" } },
  untag: { operation: "replaceSandboxTags", tags: {} },
  listPort: { operation: "createPreview", port: 3000 },
  unlistPort: { operation: "deletePreview", port: 3000 },
  rotate: { operation: "rotatePreviewToken" },
  setTimeout: { operation: "setSandboxTimeout", timeout },
  kill: { operation: "killSandbox" },
};

type SequenceOptions = {
  readonly sandboxes?: number;
} & Partial<Pick<SequenceSpec<Sandboxes>, "runs" | "length" | "share">>;

/**
 * Sequences of operations on one sandbox, or on as many as a sequence starts with, each step judged by the model and
 * followed by a look at all of them.
 */
export function sequenceSpec(run: LawRun, { sandboxes = 1, ...rest }: SequenceOptions = {}): SequenceSpec<Sandboxes> {
  return {
    ...rest,
    picks: sandboxes,
    start: async () => {
      const own: Walked[] = [];
      for (let count = 0; count < sandboxes; count += 1) {
        const { id } = await run.create({ timeout });
        own.push({ id, model: created });
      }
      return { own };
    },
    steps: Object.entries(steps).map(([name, step]) => sequenceStep(run, name, step)),
    look: (model) => lookAtAll(run, model),
    end: ({ own }) => kill(run, ...own.map(({ id }) => id)),
  };
}

function sequenceStep(run: LawRun, name: string, step: Step): SequenceStep<Sandboxes> {
  return {
    name,
    ends: step.operation === "killSandbox",
    act: async ({ own }, pick) => {
      const sandbox = own[pick % own.length]!;
      const exchange = await send(run, sandbox.id, step);
      const { status, next } = takeStep(sandbox.model, step);
      const seen = exchange.response.status;
      const before = sandbox.model.state;
      sandbox.model = next;
      if (seen !== status) {
        return { reason: `${step.operation} on a ${before} sandbox was answered ${seen}, not ${status}`, exchange };
      }
      return undefined;
    },
  };
}

/** Sends a step. */
export function send(run: LawRun, id: string, step: Step): Promise<Exchange> {
  switch (step.operation) {
    case "replaceSandboxTags":
      return act(run, step.operation, id, { json: step.tags });
    case "createPreview":
      return act(run, step.operation, id, { json: { port: step.port } });
    case "deletePreview":
      return act(run, step.operation, id, { port: step.port });
    case "setSandboxTimeout":
      return act(run, step.operation, id, { json: { timeout: step.timeout } });
    default:
      return act(run, step.operation, id);
  }
}

async function lookAtAll(run: LawRun, { own }: Sandboxes): Promise<Breach | undefined> {
  const listed = await list(run);
  for (const { id, model } of own) {
    const breach = (await lookAt(run, id, model)) ?? judgeListed(listed, id, model);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

/** Compares a sandbox with its model, as far as it can be read. */
export async function lookAt(run: LawRun, id: string, model: SandboxModel): Promise<Breach | undefined> {
  const exchange = await get(run, id);
  const state = stateIn(exchange);
  if (state !== model.state) return { reason: `it is ${state ?? "not to be read"}, not ${model.state}`, exchange };
  const tags = await act(run, "getSandboxTags", id);
  const { tags: seen } = membersOf(tags);
  if (!isObject(seen) || text(seen) !== text(model.tags)) {
    return { reason: `its tags are ${text(seen)}, not ${text(model.tags)}`, exchange: tags };
  }
  const previews = await act(run, "listPreviews", id);
  const ports = entriesOf(previews).map(({ port }) => port);
  if (text(ports) === text(model.ports)) return undefined;
  return { reason: `its listed ports are ${text(ports)}, not ${text(model.ports)}`, exchange: previews };
}

function judgeListed(exchange: Exchange, id: string, { state }: SandboxModel): Breach | undefined {
  const isListed = isListedRunning(exchange, id);
  if (isListed === (state === "running")) return undefined;
  return { reason: `it is ${state}, and the list ${isListed ? "shows" : "does not show"} that it runs`, exchange };
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? "not there";
}
