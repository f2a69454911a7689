import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "../../checks.ts";
import { shownTokenHashes, tokenHash } from "../../opencomputer-gate.ts";
import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import { bodyOf, members } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";
import { holdBack, onAnswered } from "./steps.ts";

const tagsMax = 50;
/** What some hashes of passwords look at, in bytes. */
const judgedBytes = 72;

/** Faults of tags, of preview records, and of the gate. */
export const faultsOfRecords: ReferenceFaults<OpenComputer> = {
  // Tags.
  "tag-keys-ignore-case": {
    clause: "replaceSandboxTags: what is sent is what the sandbox has afterwards; Tags: keys of `A-Z a-z`",
    does: "keeps the last one alone of tags whose keys differ in upper and lower case only",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        replace(sandbox, sent);
        const last = new Map(Object.keys(sandbox.tags).map((key) => [key.toLowerCase(), key]));
        const kept = Object.entries(sandbox.tags).filter(([key]) => last.get(key.toLowerCase()) === key);
        sandbox.tags = Object.fromEntries(kept);
        return server.showTags(sandbox);
      });
    },
  },
  "tag-named-proto-is-lost": {
    clause: "replaceSandboxTags: what is sent is what the sandbox has afterwards; Tags: keys of `a-z` and `_`",
    does: "loses a tag whose key is `__proto__`, as an assignment to an object does",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        replace(sandbox, sent);
        sandbox.tags = Object.assign({}, sandbox.tags);
        return server.showTags(sandbox);
      });
    },
  },
  "tags-limit-counts-old-keys": {
    clause: "Tags: a map of at most 50; replaceSandboxTags: tags that are not sent are gone",
    does: "refuses a set that has more than 50 keys together with the set that it replaces",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        const { tags, taggedAt } = sandbox;
        const answer = replace(sandbox, sent);
        const both = new Set([...Object.keys(tags), ...Object.keys(sandbox.tags)]);
        if (both.size <= tagsMax || Object.keys(sandbox.tags).length === 0) return answer;
        Object.assign(sandbox, { tags, taggedAt });
        throw new Fault(`max ${tagsMax} tags per sandbox, got ${both.size}`, []);
      });
    },
  },
  "same-tags-keep-their-time": {
    clause: "SandboxTags.tagsLastUpdatedAt: when they were last replaced",
    does: "does not move the time of tags that are replaced by the same ones",
    change(server) {
      const sorted = (tags: Sandbox["tags"]) => JSON.stringify(Object.entries(tags).sort());
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        const { tags, taggedAt } = sandbox;
        replace(sandbox, sent);
        if (sorted(tags) === sorted(sandbox.tags)) sandbox.taggedAt = taggedAt;
        return server.showTags(sandbox);
      });
    },
  },

  // Preview records.
  "listed-port-takes-new-config": {
    clause: "createPreview 200: a port that is listed already is answered with its record as it is",
    does: "puts the `authConfig` of a second request into the record of a port that is listed already",
    change(server) {
      replaceStep(server, "createPreview", (create) => (sandbox, sent) => {
        const answer = create(sandbox, sent);
        const { port, authConfig } = members(sent);
        const listed = sandbox.previews.get(Number(port));
        if (answer.status !== 200 || listed === undefined || authConfig === undefined) return answer;
        const changed = { ...listed, authConfig };
        sandbox.previews.set(listed.port, changed);
        return { status: 200, body: changed };
      });
    },
  },
  "kill-asleep-keeps-records": {
    clause:
      "killSandbox: drops its preview records, whether it runs or hibernates; listPreviews: a stopped sandbox has none",
    does: "keeps the preview records of a sandbox that is killed while it hibernates",
    change(server) {
      replaceStep(server, "kill", (kill) => (sandbox) => {
        const kept = sandbox.status === "hibernated" ? [...sandbox.previews] : [];
        const answer = kill(sandbox);
        for (const [port, preview] of kept) sandbox.previews.set(port, preview);
        return answer;
      });
    },
  },

  // The gate.
  "token-beyond-72-bytes-is-not-judged": {
    clause: "x-preview-gate.token.stored: SHA-256 of the token; checks.wrong: 401",
    does: "judges the first 72 bytes of a longer preview token of the caller's alone",
    change(server) {
      const starts = new Map<string, string>();
      replaceStep(server, "boot", (boot) => (order, organisation) => {
        const answer = boot(order, organisation);
        const { gate } = server.sandboxes[0]!;
        const bytes = Buffer.from(order.token ?? "");
        if (gate !== undefined && bytes.length > judgedBytes) starts.set(gate, hashStart(bytes));
        return answer;
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const start = starts.get(sandbox.gate ?? "");
        if (start === undefined || shownTokenHashes(cutTokens(asked.headers))[0] !== start) admit(asked, sandbox);
      });
    },
  },
  "host-name-minds-case": {
    clause: "x-preview-gate.host.pattern: host names are compared in lower case",
    does: "finds no sandbox for a preview host name with capital letters",
    change(server) {
      replaceStep(server, "pass", (pass) => (asked, preview) => {
        if (asked.host !== asked.host.toLowerCase()) throw server.shut(404, `sandbox ${preview.id} not found`);
        return pass(asked, preview);
      });
    },
  },
  "refreshed-credential-becomes-preview-token": {
    clause: "refreshSandboxToken: it is not the preview token, which stays as it is",
    does: "replaces the preview token of a sandbox that has one by the credential that it makes anew",
    change(server) {
      onAnswered(server, "POST /api/sandboxes/{}/token/refresh", (asked, answer) => {
        const sandbox = server.sandboxes.find(({ id }) => id === asked.path[2]);
        if (sandbox?.gate !== undefined) sandbox.gate = tokenHash(String(bodyOf(answer)["token"]));
      });
    },
  },
  "rotations-at-once-leave-two": {
    clause: "rotatePreviewToken: of two rotations at once, one token is left",
    does: "opens to the tokens of both of two rotations that are sent at once",
    change(server) {
      const others = new Map<Sandbox, (string | undefined)[]>();
      const find = (id: string | undefined) => server.sandboxes.find((each) => each.id === id);
      const { recall } = holdBack(server, "POST /api/sandboxes/{}/preview/rotate", ({ path }) => ({
        gate: find(path[2])?.gate,
      }));
      replaceStep(server, "rotate", (rotate) => (sandbox) => {
        const [seen, { gate }] = [recall(), sandbox];
        const answer = rotate(sandbox);
        others.set(sandbox, seen === undefined || seen.gate === gate ? [] : [...(others.get(sandbox) ?? []), gate]);
        return answer;
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const [shown] = shownTokenHashes(asked.headers);
        if (shown === undefined || !(others.get(sandbox) ?? []).includes(shown)) admit(asked, sandbox);
      });
    },
  },
};

function hashStart(token: Buffer): string {
  return shownTokenHashes({ "x-oc-preview-token": token.subarray(0, judgedBytes).toString("latin1") })[0] ?? "";
}

/** The same headers with the starts of the tokens that they show. */
function cutTokens(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const own = [headers["x-oc-preview-token"] ?? ""].flat().join(", ").trim();
  const [scheme, bearer = ""] = headers.authorization?.trim().split(/[ \t]+(.*)/) ?? [];
  return {
    ...headers,
    "x-oc-preview-token": own.slice(0, judgedBytes),
    ...(scheme === undefined ? {} : { authorization: `${scheme} ${bearer.slice(0, judgedBytes)}` }),
  };
}
