import { randomBytes } from "node:crypto";
import { Refusal } from "../../http.ts";
import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import { attempt, members, resend, sentIn } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";
import { onForeign, onPreviewWake } from "../opencomputer-steps.ts";
import { holdBack, onWake } from "./steps.ts";

/** The longest time that a 32-bit timer can wait, in milliseconds. */
const timerMsMax = 2 ** 31 - 1;
const keptMs = 600_000;
const cachedMs = 5_000;
const lookedAtMax = 100;

/** Faults of creates, of the life of sandboxes, and of who may do what. */
export const faultsOfStates: ReferenceFaults<OpenComputer> = {
  // Idle timeouts.
  "same-timeout-starts-no-period": {
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
  "refused-wake-sets-timeout": {
    clause: "wakeSandbox 404: a running sandbox has nothing to come back from; WakeSandboxRequest.timeout",
    does: "gives a running sandbox the timeout of a wake that it answers with 404",
    change(server) {
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        try {
          return wake(sandbox, sent);
        } catch (error) {
          if (error instanceof Refusal && sandbox.status === "running") attempt(() => server.setTimeout(sandbox, sent));
          throw error;
        }
      });
    },
  },
  "never-is-default-after-wake": {
    clause: "WakeSandboxRequest.timeout: left out, the sandbox keeps the one that it had; 0 for never",
    does: "wakes a sandbox by request with 300 seconds that had the timeout 0",
    change(server) {
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        if (sandbox.idleSeconds === 0 && members(sent)["timeout"] === undefined) sandbox.idleSeconds = 300;
        return answer;
      });
    },
  },
  "month-long-timeout-is-over-at-once": {
    clause: "CreateSandboxRequest.timeout: any whole number of seconds up to 9007199254740991",
    does: "lets the timeout of a create be over after a millisecond that a timer of 32 bits cannot wait for, from 2147484 seconds on",
    change(server) {
      replaceStep(server, "boot", (boot) => (order, organisation) => {
        const isTooLong = order.idleSeconds * 1000 > timerMsMax;
        return boot(isTooLong ? { ...order, idleSeconds: 0.001 } : order, organisation);
      });
    },
  },

  // What is found.
  "stopped-is-forgotten": {
    clause: "getSandbox: one sandbox in whatever state, a stopped one included",
    does: "answers a sandbox with 404 ten minutes after its kill",
    change(server) {
      const stopped = new Map<Sandbox, number>();
      replaceStep(server, "kill", (kill) => (sandbox) => {
        if (sandbox.status !== "stopped") stopped.set(sandbox, server.now());
        return kill(sandbox);
      });
      replaceStep(server, "hibernateIdle", (hibernate) => (nowMs) => {
        for (const [sandbox, atMs] of stopped) {
          if (server.now() - atMs < keptMs) continue;
          server.sandboxes.splice(server.sandboxes.indexOf(sandbox), 1);
          stopped.delete(sandbox);
        }
        hibernate(nowMs);
      });
    },
  },
  "list-cuts-before-it-filters": {
    clause: "listSandboxes: the organisation's running sandboxes, the newest first, at most 100 of them",
    does: "lists those that run of the newest 100, so that an old one is missing though few run",
    change(server) {
      replaceStep(server, "findListed", (find) => (organisation) => {
        const own = server.sandboxes.filter((each) => each.organisation === organisation);
        const lookedAt = own.slice(0, lookedAtMax).map(({ id }) => id);
        return find(organisation).filter(({ id }) => lookedAt.includes(id));
      });
    },
  },
  "woken-is-listed-as-newest": {
    clause: "listSandboxes: the newest first; Sandbox.startedAt: stays the same over hibernation",
    does: "lists a sandbox that woke before those which were created after it",
    change(server) {
      onWake(server, (sandbox) => {
        server.sandboxes.splice(server.sandboxes.indexOf(sandbox), 1);
        server.sandboxes.unshift(sandbox);
      });
    },
  },

  // Creates.
  "empty-image-base-is-unknown": {
    clause: "ImageManifest.base: `ubuntu`, `default` and an empty string mean `base`",
    does: "looks for a template of no name where the base of an image is an empty text, and fails the build",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const image = members(sentIn(asked)["image"]);
        if (image["base"] !== "") return create(asked, organisation);
        return create(
          resend(asked, (sent) => ({ ...sent, image: { ...image, base: " " } })),
          organisation,
        );
      });
    },
  },
  "store-of-other-tenant-is-found": {
    clause: "CreateSandboxRequest.secretStore: the name of a secret store; Tenants; 400 for one that there is not",
    does: "creates a sandbox with a secret store that another organisation has under that name",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const { stores } = server.around;
        const others = stores.filter((each) => each.organisation !== organisation);
        stores.push(...others.map((store) => ({ ...store, organisation })));
        try {
          return create(asked, organisation);
        } finally {
          stores.splice(stores.length - others.length);
        }
      });
    },
  },

  // The quota.
  "creates-at-once-pass-quota": {
    clause: "createSandbox 429: the organisation has as many running sandboxes as it may have",
    does: "counts what runs when a create comes and boots later, so that creates that are sent at once go beyond the quota",
    change(server) {
      const runningNow = () => new Set(server.sandboxes.filter(({ status }) => status === "running"));
      const { recall } = holdBack(server, "POST /api/sandboxes", runningNow);
      replaceStep(server, "countActive", (count) => (organisation) => {
        const seen = recall();
        return seen === undefined
          ? count(organisation)
          : server.running(organisation).filter((e) => seen.has(e)).length;
      });
    },
  },
  "preview-woken-takes-no-place": {
    clause: "createSandbox 429: as many running sandboxes as it may have; x-preview-gate.checks.wake: running",
    does: "does not count a sandbox against the quota that a preview request woke",
    change(server) {
      const uncounted = new Set<Sandbox>();
      onPreviewWake(server, (sandbox) => uncounted.add(sandbox));
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        uncounted.delete(sandbox);
        return answer;
      });
      replaceStep(server, "countActive", (count) => (organisation) => {
        return count(organisation) - server.running(organisation).filter((each) => uncounted.has(each)).length;
      });
    },
  },
  "fork-passes-quota": {
    clause: "forkCheckpoint 429: the organisation has as many running sandboxes as it may have; nothing was created",
    does: "makes a sandbox from a checkpoint beyond the quota",
    change(server) {
      let isFork = false;
      replaceStep(server, "fork", (fork) => (asked, organisation) => {
        isFork = true;
        try {
          return fork(asked, organisation);
        } finally {
          isFork = false;
        }
      });
      replaceStep(server, "checkQuota", (check) => (organisation) => {
        if (!isFork) check(organisation);
      });
    },
  },

  // Who asks.
  "bearer-stands-in-for-key": {
    clause: "components.securitySchemes.apiKey: the key of an organisation, in the header X-API-Key",
    does: "takes a key from `Authorization: Bearer` where X-API-Key holds none that it knows",
    change(server) {
      replaceStep(server, "authenticate", (authenticate) => (asked) => {
        try {
          return authenticate(asked);
        } catch (error) {
          const key = /^bearer (.+)$/i.exec(asked.headers.authorization ?? "")?.[1];
          if (key === undefined) throw error;
          return authenticate({ ...asked, headers: { ...asked.headers, "x-api-key": key } });
        }
      });
    },
  },
  "foreign-stopped-is-gone": {
    clause: "Tenants: another organisation's sandbox is answered exactly like one that never existed",
    does: "answers a timeout for another organisation's sandbox with 410 once that is stopped",
    change(server) {
      onForeign(server, "POST /api/sandboxes/{id}/timeout", (sandbox) => {
        if (sandbox.status === "stopped") throw server.gone(sandbox);
      });
    },
  },
  "caller-is-remembered-across-keys": {
    clause: "Caller.org_id: the organisation of who asks; Tenants: a key belongs to one organisation",
    does: "tells every caller with a right key for five seconds who the first of them was",
    change(server) {
      let last = { answer: { status: 200 }, untilMs: -Infinity };
      replaceStep(server, "operate", (operate) => (asked) => {
        const answer = operate(asked);
        if (asked.path[1] !== "whoami") return answer;
        if (server.now() >= last.untilMs) last = { answer, untilMs: server.now() + cachedMs };
        return last.answer;
      });
    },
  },
  "refusal-has-own-request-id": {
    clause: "components.headers.RequestId: the caller's value if one was sent",
    does: "gives an error a request id of its own, though the caller sent one",
    change(server) {
      replaceStep(server, "respond", (respond) => (asked) => {
        const answer = respond(asked);
        if (answer.status < 400) return answer;
        return { ...answer, headers: { ...answer.headers, "x-request-id": randomBytes(8).toString("hex") } };
      });
    },
  },
};
