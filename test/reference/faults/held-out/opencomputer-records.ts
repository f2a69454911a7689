import { Fault } from "../../checks.ts";
import { Refusal } from "../../http.ts";
import { parsePreviewHost, shownTokenHashes } from "../../opencomputer-gate.ts";
import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import { bodyOf, members } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";

const rotatedMs = 1_000;

/** What goes wrong with the tags, ports and preview tokens of a sandbox. */
export const recordFaults: ReferenceFaults<OpenComputer> = {
  "tag-limit-counts-old": {
    clause: "replaceSandboxTags: what is sent is what the sandbox has afterwards; x-tag-limits.tagsMax: 50",
    does: "refuses a set of tags that makes more than 50 names together with the set that it replaces",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        const { tags, taggedAt } = sandbox;
        const answer = replace(sandbox, sent);
        const names = new Set([tags, sandbox.tags].flatMap((each) => Object.keys(each)));
        if (names.size <= 50) return answer;
        Object.assign(sandbox, { tags, taggedAt });
        throw new Fault(`max 50 tags per sandbox, got ${names.size}`, []);
      });
    },
  },
  "stopped-tags-not-stored": {
    clause: "tag tags: they can be read and replaced in every state, a stopped one included",
    does: "answers with the new tags of a stopped sandbox, and keeps the old ones",
    change(server) {
      replaceStep(server, "replaceTags", (replace) => (sandbox, sent) => {
        const { status, tags, taggedAt } = sandbox;
        const answer = replace(sandbox, sent);
        if (status === "stopped") Object.assign(sandbox, { tags, taggedAt });
        return answer;
      });
    },
  },
  "relisting-overwrites-config": {
    clause: "createPreview: a port that is listed already is answered with its record as it is",
    does: "gives a port that is listed already the `authConfig` that is sent",
    change(server) {
      replaceStep(server, "createPreview", (create) => (sandbox, sent) => {
        const answer = create(sandbox, sent);
        const { authConfig } = members(sent);
        if (answer.status === 200 && authConfig !== undefined) Object.assign(answer.body as object, { authConfig });
        return answer;
      });
    },
  },
  "query-key-lists-ports": {
    clause: "securitySchemes.apiKey: it is not taken from the query",
    does: "takes the key from the query as well, where the ports of a sandbox are listed",
    change(server) {
      replaceStep(server, "authenticate", (authenticate) => (asked) => {
        const { method, path, query, headers } = asked;
        const key = query.get("api_key") ?? "";
        const isHere = method === "GET" && path[3] === "preview" && headers["x-api-key"] === undefined;
        return authenticate(isHere && key !== "" ? { ...asked, headers: { ...headers, "x-api-key": key } } : asked);
      });
    },
  },
  "last-port-stays-listed": {
    clause: "deletePreview, parameter port: from 1 to 65535",
    does: "refuses to take port 65535 off the list",
    change(server) {
      replaceStep(server, "deletePreview", (remove) => (sandbox, port) => {
        if (port === "65535") throw new Refusal(400, { error: "invalid port" });
        return remove(sandbox, port);
      });
    },
  },
  "listed-before-gate-stays-open": {
    clause: "rotatePreviewToken: where there was no gate there is one now; the record has no say in the gate",
    does: "leaves a port open after a rotation that was listed while the sandbox had no gate",
    change(server) {
      const open = new Map<Sandbox, Set<number>>();
      replaceStep(server, "createPreview", (create) => (sandbox, sent) => {
        const answer = create(sandbox, sent);
        const ports = open.get(sandbox) ?? new Set<number>();
        if (sandbox.gate === undefined) open.set(sandbox, ports.add(Number(bodyOf(answer)["port"])));
        return answer;
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const port = parsePreviewHost(asked.host)?.port ?? 0;
        if (open.get(sandbox)?.has(port) !== true || !sandbox.previews.has(port)) admit(asked, sandbox);
      });
    },
  },
  "quick-rotations-leave-two": {
    clause: "rotatePreviewToken: refuses the old token from then on; of two rotations at once, one token is left",
    does: "opens to the token of the rotation before the last one as well, if both were in one second",
    change(server) {
      const last = new Map<Sandbox, number>();
      const second = new Map<Sandbox, string | undefined>();
      replaceStep(server, "rotate", (rotate) => (sandbox) => {
        const { gate } = sandbox;
        const answer = rotate(sandbox);
        const isQuick = server.now() - (last.get(sandbox) ?? -Infinity) < rotatedMs;
        second.set(sandbox, isQuick ? gate : undefined);
        last.set(sandbox, server.now());
        return answer;
      });
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const kept = second.get(sandbox);
        if (kept === undefined || shownTokenHashes(asked.headers)[0] !== kept) admit(asked, sandbox);
      });
    },
  },
  "preflight-passes-gate": {
    clause: "x-preview-gate.methods.gated: all",
    does: "lets a browser's preflight through the gate without a token",
    change(server) {
      replaceStep(server, "admit", (admit) => (asked, sandbox) => {
        const isPreflight = asked.method === "OPTIONS" && "access-control-request-method" in asked.headers;
        if (!isPreflight) admit(asked, sandbox);
      });
    },
  },
  "wake-shows-token": {
    clause: "x-preview-gate.token.shownTimes: 1, by createSandbox or rotatePreviewToken",
    does: "answers a wake with the preview token that the sandbox was made with, as its `token`",
    change(server) {
      const tokens = new Map<string, unknown>();
      replaceStep(server, "boot", (boot) => (order, organisation) => {
        const answer = boot(order, organisation);
        tokens.set(String(answer["sandboxID"]), answer["previewAuthToken"]);
        return answer;
      });
      replaceStep(server, "wake", (wake) => (sandbox, sent) => {
        const answer = wake(sandbox, sent);
        const token = tokens.get(sandbox.id);
        return token === undefined ? answer : { ...answer, body: { ...bodyOf(answer), token } };
      });
    },
  },
};
