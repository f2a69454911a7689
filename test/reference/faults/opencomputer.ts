import { Fault } from "../checks.ts";
import { Refusal } from "../http.ts";
import { shownTokenHashes } from "../opencomputer-gate.ts";
import type { OpenComputer, Sandbox } from "../opencomputer.ts";
import { members, sentIn } from "./bodies.ts";
import { replaceStep } from "./fault.ts";
import type { ReferenceFaults } from "./fault.ts";
import { onForeign, onPreviewWake, tagsBeforeFault, watchExpiry } from "./opencomputer-steps.ts";

const cachedMs = 5_000;

/** Faults of the OpenComputer server, each written from a clause of the contract. */
export const openComputerFaults: ReferenceFaults<OpenComputer> = {
  // What is read.
  "list-shows-old-tags": {
    clause: "listSandboxes: the running sandboxes, with `tags` and `tagsLastUpdatedAt` as they are now",
    does: "lists a sandbox for five seconds with the tags that it had before the last replacement",
    change(server) {
      const before = new Map<string, Pick<Sandbox, "tags" | "taggedAt"> & { untilMs: number }>();
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        const { tags, taggedAt } = sandbox;
        const answer = replace(sandbox, sent);
        before.set(sandbox.id, { tags, taggedAt, untilMs: server.now() + cachedMs });
        return answer;
      });
      replaceStep(server, "findListed", (find) => (organisation) => {
        return find(organisation).map((sandbox) => {
          const old = before.get(sandbox.id);
          if (old === undefined || server.now() >= old.untilMs) return sandbox;
          return { ...sandbox, tags: old.tags, taggedAt: old.taggedAt };
        });
      });
    },
  },
  "list-previews-prolongs": {
    clause: "x-idle-timeout.not: listPreviews is no activity",
    does: "counts reading the listed ports of a sandbox as activity",
    change(server) {
      replaceStep(server, "listPreviews", (list) => (sandbox) => {
        if (sandbox.status === "running") sandbox.activeAtMs = server.now();
        return list(sandbox);
      });
    },
  },
  "metadata-is-shown": {
    clause: "CreateSandboxRequest.metadata: no answer shows it again",
    does: "reads a sandbox with the caller's own notes",
    change(server) {
      const notes = new Map<unknown, unknown>();
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const answer = create(asked, organisation);
        const { metadata } = sentIn(asked);
        if (metadata !== undefined) notes.set(members(answer.body)["sandboxID"], metadata);
        return answer;
      });
      replaceStep(server, "show", (show) => (sandbox) => {
        const metadata = notes.get(sandbox.id);
        return metadata === undefined ? show(sandbox) : { ...show(sandbox), metadata };
      });
    },
  },
  "end-is-off-by-zone": {
    clause: "Sandbox.endAt: when it stopped; the year 1 while it has not",
    does: "tells the end of a sandbox in the time of a zone two hours ahead, as though that were UTC",
    change(server) {
      const ended = new Map<Sandbox, string>();
      replaceStep(server, "kill", (kill) => (sandbox) => {
        const endAt = new Date(server.now() + 2 * 3_600_000).toISOString();
        if (sandbox.status !== "stopped") ended.set(sandbox, endAt);
        return kill(sandbox);
      });
      replaceStep(server, "show", (show) => (sandbox) => {
        return { ...show(sandbox), endAt: ended.get(sandbox) ?? "0001-01-01T00:00:00Z" };
      });
    },
  },

  // Units and widths.
  "wake-timeout-in-minutes": {
    clause: "WakeSandboxRequest.timeout: a new idle timeout in seconds",
    does: "takes the timeout of a wake for minutes",
    change(server) {
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        if (members(sent)["timeout"] !== undefined) sandbox.idleSeconds *= 60;
        return answer;
      });
    },
  },
  "set-timeout-wraps": {
    clause: "SetTimeoutRequest.timeout: any whole number of seconds up to 9007199254740991",
    does: "keeps 32 bits of the timeout that is set, so that 4294967301 is 5 seconds",
    change(server) {
      replaceStep(server, "setTimeout", (set) => (sandbox, sent) => {
        const answer = set(sandbox, sent);
        sandbox.idleSeconds %= 2 ** 32;
        return answer;
      });
    },
  },
  "port-wraps": {
    clause: "CreatePreviewRequest.port: from 1 to 65535; else 400",
    does: "keeps 16 bits of the port to list, so that 68536 lists 3000",
    change(server) {
      replaceStep(server, "createPreview", (create) => (sandbox, sent) => {
        const port = members(sent)["port"];
        const wraps = typeof port === "number" && Number.isInteger(port) && port > 65_535;
        return create(sandbox, wraps ? { ...members(sent), port: port % 65_536 } : sent);
      });
    },
  },
  "token-in-utf16": {
    clause: "PreviewAuth.token: at least 16 characters, each Unicode code point counting as one",
    does: "counts UTF-16 units of the caller's own token, so that eight emoji are enough",
    change(server) {
      replaceStep(server, "lengthOf", () => (text) => text.length);
    },
  },

  // Writes that are half done, and refusals that change something.
  "refused-tags-half-replace": {
    clause: "replaceSandboxTags 400: the tags are as they were",
    does: "has the tags that stand before the broken one, and only those, once it refused a set",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        try {
          return replace(sandbox, sent);
        } catch (error) {
          const good = tagsBeforeFault(sent);
          if (Object.keys(good).length > 0) sandbox.tags = good;
          throw error;
        }
      });
    },
  },
  "deleted-port-comes-back": {
    clause: "deletePreview 204: the record is gone; it works on a hibernated sandbox",
    does: "lists a port again after the wake that was deleted while its sandbox slept",
    change(server) {
      const kept = new Map<Sandbox, Sandbox["previews"]>();
      replaceStep(server, "hibernate", (hibernate) => (sandbox) => {
        const answer = hibernate(sandbox);
        if (!kept.has(sandbox)) kept.set(sandbox, new Map(sandbox.previews));
        return answer;
      });
      replaceStep(server, "rouse", (rouse) => (sandbox) => {
        for (const [port, preview] of kept.get(sandbox) ?? []) sandbox.previews.set(port, preview);
        kept.delete(sandbox);
        rouse(sandbox);
      });
    },
  },
  "failed-stream-leaves-one": {
    clause: "createSandbox: after the event `error` there is no sandbox",
    does: "leaves a sandbox running whose build failed, where the build log was streamed",
    change(server) {
      replaceStep(server, "create", (create) => (asked, organisation) => {
        const answer = create(asked, organisation);
        const failed = typeof answer.body === "string" && answer.body.includes("event: error");
        const order = { templateID: "base", idleSeconds: 300, webhooks: [], token: undefined };
        if (failed) server.boot(order, organisation);
        return answer;
      });
    },
  },

  // States that meet.
  "wake-revives-old-token": {
    clause: "rotatePreviewToken: refuses the old token from then on, also of a hibernated sandbox",
    does: "opens to the token from before its sleep, once a sandbox wakes whose token was rotated meanwhile",
    change(server) {
      const gates = new Map<Sandbox, string | undefined>();
      replaceStep(server, "hibernate", (hibernate) => (sandbox) => {
        const answer = hibernate(sandbox);
        if (!gates.has(sandbox)) gates.set(sandbox, sandbox.gate);
        return answer;
      });
      replaceStep(server, "rouse", (rouse) => (sandbox) => {
        if (gates.has(sandbox)) sandbox.gate = gates.get(sandbox);
        gates.delete(sandbox);
        rouse(sandbox);
      });
    },
  },
  "upgrade-takes-old-token": {
    clause: "rotatePreviewToken: refuses the old token from then on, for each request of whatever method",
    does: "opens a WebSocket to the token before the last one",
    change(server) {
      const old = new Map<Sandbox, string | undefined>();
      replaceStep(server, "rotate", (rotate) => (sandbox) => {
        const { gate } = sandbox;
        const answer = rotate(sandbox);
        old.set(sandbox, gate);
        return answer;
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const isUpgrade = asked.headers.upgrade !== undefined;
        const before = old.get(sandbox);
        if (isUpgrade && before !== undefined && shownTokenHashes(asked.headers)[0] === before) return;
        admit(asked, sandbox);
      });
    },
  },
  "expired-wakes-open": {
    clause: "x-preview-gate.token.keptOver: hibernateSandbox, wakeSandbox; a sandbox that is idle hibernates by itself",
    does: "forgets the gate of a sandbox that wakes from a sleep in which its idle timeout put it",
    change(server) {
      const expired = watchExpiry(server);
      replaceStep(server, "rouse", (rouse) => (sandbox) => {
        if (expired.delete(sandbox)) sandbox.gate = undefined;
        rouse(sandbox);
      });
    },
  },
  "timeout-set-asleep-is-lost": {
    clause: "setSandboxTimeout: a hibernated sandbox has the new timeout when it wakes",
    does: "wakes a sandbox by a preview request with the timeout that it had before it slept",
    change(server) {
      const before = new Map<Sandbox, number>();
      replaceStep(server, "setTimeout", (set) => (sandbox, sent) => {
        const { status, idleSeconds } = sandbox;
        const answer = set(sandbox, sent);
        if (status === "hibernated" && !before.has(sandbox)) before.set(sandbox, idleSeconds);
        return answer;
      });
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        before.delete(sandbox);
        return answer;
      });
      onPreviewWake(server, (sandbox) => {
        sandbox.idleSeconds = before.get(sandbox) ?? sandbox.idleSeconds;
        before.delete(sandbox);
      });
    },
  },
  "preview-wake-moves-start": {
    clause: "Sandbox.startedAt: stays the same over hibernation",
    does: "tells the time of the wake as the start of a sandbox that a preview request woke",
    change(server) {
      onPreviewWake(server, (sandbox) => {
        sandbox.startedAt = server.instant();
      });
    },
  },
  "kill-hits-neighbour": {
    clause: "killSandbox: stops a sandbox; that one",
    does: "stops with a hibernated sandbox the next older one of the organisation, if that hibernates too",
    change(server) {
      replaceStep(server, "kill", (kill) => (sandbox) => {
        const older = server.sandboxes.slice(server.sandboxes.indexOf(sandbox) + 1);
        const next = older.find(({ organisation }) => organisation === sandbox.organisation);
        if (sandbox.status === "hibernated" && next?.status === "hibernated") kill(next);
        return kill(sandbox);
      });
    },
  },

  // Other tenants.
  "foreign-kill-ends-sleeper": {
    clause: "Tenants: another organisation's sandbox is answered exactly like one that never existed",
    does: "stops another organisation's hibernated sandbox, though it answers the kill with 404",
    change(server) {
      onForeign(server, "DELETE /api/sandboxes/{id}", (sandbox) => {
        if (sandbox.status === "hibernated") server.kill(sandbox);
      });
    },
  },
  "foreign-rotation-locks-out": {
    clause: "Tenants: another organisation's sandbox is answered exactly like one that never existed",
    does: "replaces the preview token of another organisation's sandbox, though it answers the rotation with 404",
    change(server) {
      onForeign(server, "POST /api/sandboxes/{id}/preview/rotate", (sandbox) => {
        if (sandbox.gate !== undefined) server.rotate(sandbox);
      });
    },
  },
  "port-of-other-tenant": {
    clause: "createPreview: lists a port of the sandbox; a port that is listed already is answered with its record",
    does: "answers a port with the record of another organisation's sandbox that lists the same port",
    change(server) {
      replaceStep(server, "createPreview", (create) => (sandbox, sent) => {
        const port = members(sent)["port"];
        const others = server.sandboxes.filter(({ organisation }) => organisation !== sandbox.organisation);
        const record = others.map(({ previews }) => previews.get(Number(port))).find((each) => each !== undefined);
        const answer = create(sandbox, sent);
        return record === undefined ? answer : { status: 200, body: record };
      });
    },
  },
  "quota-is-shared": {
    clause: "createSandbox 429: the organisation has as many running sandboxes as it may have",
    does: "counts the running sandboxes of all organisations against the quota of one",
    change(server) {
      replaceStep(server, "countActive", () => () => {
        return server.sandboxes.filter(({ status }) => status === "running").length;
      });
    },
  },

  // Money.
  "failed-image-keeps-place": {
    clause: "Order of checks: a create that is refused takes no place in the quota",
    does: "keeps a place in the quota for a minute for a create whose image could not be built",
    change(server) {
      const kept: { organisation: string; untilMs: number }[] = [];
      replaceStep(server, "create", (create) => (asked, organisation) => {
        try {
          return create(asked, organisation);
        } catch (error) {
          const untilMs = server.now() + 60_000;
          if (error instanceof Fault && error.path[0] === "image") kept.push({ organisation, untilMs });
          throw error;
        }
      });
      replaceStep(server, "countActive", (count) => (organisation) => {
        const own = kept.filter((each) => each.organisation === organisation && each.untilMs > server.now());
        return count(organisation) + own.length;
      });
    },
  },
  "second-kill-frees-place": {
    clause: "killSandbox: a stopped sandbox is answered the same way; 429: as many *running* sandboxes as it may have",
    does: "frees a place in the quota once more with each further kill of a stopped sandbox",
    change(server) {
      const freed = new Map<string, number>();
      replaceStep(server, "kill", (kill) => (sandbox) => {
        const { organisation, status } = sandbox;
        if (status === "stopped") freed.set(organisation, (freed.get(organisation) ?? 0) + 1);
        return kill(sandbox);
      });
      replaceStep(server, "countActive", (count) => (organisation) => {
        return Math.max(0, count(organisation) - (freed.get(organisation) ?? 0));
      });
    },
  },
  "expired-keeps-place": {
    clause: "x-idle-timeout.onExpiry: hibernated; hibernateSandbox: it no longer counts against the quota",
    does: "counts a sandbox that its idle timeout put to sleep against the quota until it wakes or is killed",
    change(server) {
      const expired = watchExpiry(server);
      replaceStep(server, "countActive", (count) => (organisation) => {
        const asleep = [...expired].filter((each) => each.organisation === organisation);
        return count(organisation) + asleep.filter(({ status }) => status === "hibernated").length;
      });
      replaceStep(server, "rouse", (rouse) => (sandbox) => {
        expired.delete(sandbox);
        rouse(sandbox);
      });
    },
  },

  // Secrets.
  "wrong-token-shows-hash": {
    clause: "x-preview-gate.token: the server keeps the SHA-256 of the token; no answer shows either",
    does: "answers a wrong preview token with the hash of the right one",
    change(server) {
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        try {
          admit(asked, sandbox);
        } catch (error) {
          if (shownTokenHashes(asked.headers).length === 0) throw error;
          throw new Refusal(401, { error: "invalid preview token", details: `its hash is not ${sandbox.gate}` });
        }
      });
    },
  },
};
