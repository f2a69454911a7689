import type { Answer, Asked } from "../../http.ts";
import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import { replaceStep } from "../fault.ts";

/** Does something to each sandbox that wakes, however it is woken. */
export function onWake(server: OpenComputer, harm: (sandbox: Sandbox) => void): void {
  for (const step of ["rouse", "rouseInside"] as const) {
    replaceStep(server, step, (rouse) => (sandbox) => {
      const slept = sandbox.status === "hibernated";
      rouse(sandbox);
      if (slept) harm(sandbox);
    });
  }
}

/** Does something to each sandbox that its idle timeout puts to sleep. */
export function onExpiry(server: OpenComputer, harm: (sandbox: Sandbox) => void): void {
  replaceStep(server, "hibernateIdle", (hibernate) => (nowMs) => {
    const running = server.sandboxes.filter(({ status }) => status === "running");
    hibernate(nowMs);
    for (const sandbox of running) if (sandbox.status === "hibernated") harm(sandbox);
  });
}

/** Whether a request is for this operation: `{}` stands for any one part of its path. */
export function isFor({ method, path }: Asked, operation: string): boolean {
  const [of, pattern = ""] = operation.split(" ");
  const parts = pattern.split("/").slice(1);
  const fits = parts.length === path.length && parts.every((part, index) => part === "{}" || part === path[index]);
  return method === of && fits;
}

/** Does something after each request for this operation that was answered with success, and may answer otherwise. */
export function onAnswered(
  server: OpenComputer,
  operation: string,
  harm: (asked: Asked, answer: Answer) => Answer | void,
): void {
  replaceStep(server, "operate", (operate) => (asked) => {
    const answer = operate(asked);
    return isFor(asked, operation) ? (harm(asked, answer) ?? answer) : answer;
  });
}

/** Fewer than what a clock that is moved takes for stillness. */
const heldTurns = 12;

/**
 * Holds requests for this operation back between what they see as they come and what they do, so that those which are sent at
 * once meet. While one of them is answered, `recall` gives what it saw.
 */
export function holdBack<Seen>(
  server: OpenComputer,
  operation: string,
  see: (asked: Asked) => Seen,
): { recall: () => Seen | undefined } {
  let recalled: Seen | undefined;
  replaceStep(server, "answer", (answer) => async (asked) => {
    if (!isFor(asked, operation)) return answer(asked);
    const seen = see(asked);
    for (let turn = 0; turn < heldTurns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    recalled = seen;
    const answered = answer(asked);
    recalled = undefined;
    return answered;
  });
  return { recall: () => recalled };
}
