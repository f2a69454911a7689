import { Refusal } from "../../http.ts";
import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import { bodyOf, members } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";
import { onForeign, onPreviewWake, watchExpiry } from "../opencomputer-steps.ts";

const replicaMs = 2_000;

/** What goes wrong when sandboxes go from one state to another, or are read after it. */
export const stateFaults: ReferenceFaults<OpenComputer> = {
  "hibernate-after-expiry-refused": {
    clause: "hibernateSandbox: a sandbox that hibernates already is answered the same way",
    does: "refuses to hibernate a sandbox that its idle timeout has put to sleep",
    change(server) {
      const expired = watchExpiry(server);
      replaceStep(server, "hibernate", (hibernate) => (sandbox) => {
        if (sandbox.status === "running") expired.delete(sandbox);
        if (sandbox.status === "hibernated" && expired.has(sandbox)) {
          throw new Refusal(400, { error: "sandbox is not running" });
        }
        return hibernate(sandbox);
      });
    },
  },
  "woken-listed-first": {
    clause: "listSandboxes: the newest first; Sandbox.startedAt stays the same over hibernation",
    does: "lists a sandbox that has been woken before those that were made after it",
    change(server) {
      replaceStep(server, "rouse", (rouse) => (sandbox) => {
        if (sandbox.status === "hibernated") {
          server.sandboxes.splice(server.sandboxes.indexOf(sandbox), 1);
          server.sandboxes.unshift(sandbox);
        }
        rouse(sandbox);
      });
    },
  },
  "read-is-stale-after-preview-wake": {
    clause: "getSandbox 200: the sandbox as it is now; x-preview-gate.checks.wake: running",
    does: "reads a sandbox as hibernated for two seconds after a preview request has woken it",
    change(server) {
      const woken = new Map<Sandbox, number>();
      onPreviewWake(server, (sandbox) => void woken.set(sandbox, server.now()));
      replaceStep(server, "operation", (operation) => (method, rest) => {
        const found = operation(method, rest);
        if (method !== "GET" || rest.length > 0) return found;
        return {
          run(sandbox, body) {
            const answer = found.run(sandbox, body);
            const isStale = server.now() - (woken.get(sandbox) ?? -Infinity) < replicaMs;
            if (!isStale || sandbox.status !== "running") return answer;
            return { ...answer, body: { ...bodyOf(answer), status: "hibernated" } };
          },
        };
      });
    },
  },
  "same-timeout-starts-nothing": {
    clause: "setSandboxTimeout: replaces the idle timeout and starts a new period",
    does: "starts no new period where the timeout that is set is the one that the sandbox has",
    change(server) {
      replaceStep(server, "setTimeout", (set) => (sandbox, sent) => {
        const { idleSeconds, activeAtMs } = sandbox;
        const answer = set(sandbox, sent);
        if (sandbox.idleSeconds === idleSeconds) sandbox.activeAtMs = activeAtMs;
        return answer;
      });
    },
  },
  "empty-wake-resets-timeout": {
    clause: "WakeSandboxRequest.timeout: left out, the sandbox keeps the one that it had",
    does: "gives a sandbox that is woken with a body without a timeout the 300 seconds of a new one",
    change(server) {
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        if (sent !== undefined && !("timeout" in members(sent))) sandbox.idleSeconds = 300;
        return answer;
      });
    },
  },
  "killed-sleeper-wakes": {
    clause: "killSandbox: stops a sandbox for good, whether it runs or hibernates; x-preview-gate.checks.stopped: 410",
    does: "wakes a sandbox by a preview request that was killed while it hibernated",
    change(server) {
      const kept = new Set<Sandbox>();
      replaceStep(server, "kill", (kill) => (sandbox) => {
        if (sandbox.status === "hibernated") kept.add(sandbox);
        return kill(sandbox);
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        admit(asked, sandbox);
        if (sandbox.status === "stopped" && kept.delete(sandbox)) sandbox.status = "hibernated";
      });
    },
  },
  "foreign-timeout-says-gone": {
    clause: "Tenants: another organisation's sandbox is answered exactly like one that never existed",
    does: "answers who sets the timeout of another organisation's stopped sandbox with 410",
    change(server) {
      onForeign(server, "POST /api/sandboxes/{id}/timeout", ({ id, status }) => {
        if (status === "stopped") throw new Refusal(410, { error: `sandbox ${id} has been stopped` });
      });
    },
  },
};
