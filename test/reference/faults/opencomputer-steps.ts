import { Refusal } from "../http.ts";
import type { Answer, Asked } from "../http.ts";
import { readTags } from "../opencomputer-tags.ts";
import type { OpenComputer, Sandbox } from "../opencomputer.ts";
import { members } from "./bodies.ts";
import { replaceStep } from "./fault.ts";

/** The tags of a refused set that stand before the first broken one. */
export function tagsBeforeFault(sent: unknown): Record<string, string> {
  const good: Record<string, string> = {};
  for (const [key, value] of Object.entries(members(sent))) {
    try {
      Object.assign(good, readTags({ [key]: value }, false));
    } catch {
      break;
    }
  }
  return good;
}

/** The sandboxes that their idle timeout has put to sleep, as they are found. */
export function watchExpiry(server: OpenComputer): Set<Sandbox> {
  const expired = new Set<Sandbox>();
  replaceStep(server, "hibernateIdle", (hibernate) => () => {
    const running = server.sandboxes.filter(({ status }) => status === "running");
    hibernate();
    for (const sandbox of running) if (sandbox.status === "hibernated") expired.add(sandbox);
  });
  return expired;
}

/** Does something to each sandbox that a preview request has just woken. */
export function onPreviewWake(server: OpenComputer, harm: (sandbox: Sandbox) => void): void {
  replaceStep(server, "pass", (pass) => (asked, preview) => {
    const asleep = server.sandboxes.find(({ id, status }) => id === preview.id && status === "hibernated");
    const answer = pass(asked, preview);
    if (asleep?.status === "running") harm(asleep);
    return answer;
  });
}

/** Does something to a sandbox when another organisation asks for it, which is answered with 404 all the same. */
export function onForeign(server: OpenComputer, operation: string, harm: (sandbox: Sandbox) => void): void {
  replaceStep(server, "operate", (operate) => (asked: Asked): Answer => {
    try {
      return operate(asked);
    } catch (error) {
      const [api, collection, id, ...rest] = asked.path;
      const named = `${asked.method} /${[api, collection, "{id}", ...rest].join("/")}`;
      const sandbox = server.sandboxes.find((each) => each.id === id);
      const isFound = error instanceof Refusal && error.answer.status === 404 && sandbox !== undefined;
      if (isFound && named === operation) harm(sandbox);
      throw error;
    }
  });
}
