import type { Asked } from "../../http.ts";
import type { OpenComputer } from "../../opencomputer.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";
import { isFor, onAnswered, onExpiry } from "./steps.ts";

/** Faults of files, commands and terminals, and of the checkpoints of files. */
export const faultsInside: ReferenceFaults<OpenComputer> = {
  // Files.
  "path-is-decoded-twice": {
    clause: "components.parameters.FilePath: the file, as the query names it",
    does: "decodes the path of a file once more than it was encoded, so that `a%20b` is `a b`",
    change(server) {
      replaceStep(server, "enter", (enter) => (asked, organisation) => enter(decodePath(asked), organisation));
    },
  },
  "delete-takes-namesakes": {
    clause: "deleteFile: removes a file or a folder with all in it; that one",
    does: "removes with a file those beside it whose names begin with its name",
    change(server) {
      onAnswered(server, "DELETE /api/sandboxes/{}/files", ({ path, query }) => {
        const sandbox = server.sandboxes.find(({ id }) => id === path[2]);
        const name = query.get("path") ?? "";
        const files = sandbox === undefined ? undefined : server.files.get(sandbox);
        for (const file of files?.keys() ?? []) if (file.startsWith(name)) files?.delete(file);
      });
    },
  },
  "idle-sleep-empties-tmp": {
    clause: "x-idle-timeout.onExpiry: hibernated, which keeps memory and disk",
    does: "loses what is below /tmp in a sandbox that its idle timeout puts to sleep",
    change(server) {
      onExpiry(server, (sandbox) => {
        const files = server.filesOf(sandbox);
        for (const file of files.keys()) if (file.startsWith("/tmp/")) files.delete(file);
      });
    },
  },
  "signed-url-has-a-minute-more": {
    clause: "createDownloadUrl: the URL reads that file until it expires; SignedUrl.expiresAt",
    does: "takes a signed URL for a minute after it has expired",
    change(server) {
      replaceStep(server.around, "checkUrl", (check) => (asked, id, direction, nowMs) => {
        check(asked, id, direction, nowMs - 60_000);
      });
    },
  },
  "signed-url-opens-namesake-elsewhere": {
    clause: "x-signed-url.signature: over the id, the path, the direction and the time of expiry",
    does: "does not sign the id, so that a signed URL works for the same path in another sandbox",
    change(server) {
      replaceStep(server.around, "sign", (sign) => (_, path, direction, expires) => sign("", path, direction, expires));
    },
  },

  // Commands and terminals.
  "result-is-found-from-elsewhere": {
    clause:
      "getCommandResult: `execId` of that sandbox; Tenants: another organisation's is answered as one that never was",
    does: "gives the result of a command to who asks another sandbox for it",
    change(server) {
      replaceStep(server.handles, "act", (act) => (asked, sandbox, startedAt) => {
        const isResult = isFor(asked, "GET /api/sandboxes/{}/exec/{}/result");
        const handle = isResult ? server.handles.all.find(({ id }) => id === asked.path[4]) : undefined;
        return act(asked, handle?.sandbox ?? sandbox, startedAt);
      });
    },
  },
  "closing-one-terminal-closes-all": {
    clause: "deletePty: closes a terminal; what runs in it ends",
    does: "closes with a terminal all others of its sandbox",
    change(server) {
      onAnswered(server, "DELETE /api/sandboxes/{}/pty/{}", ({ path }) => {
        const { all } = server.handles;
        const others = all.filter(({ kind, sandbox }) => kind === "terminal" && sandbox === path[2]);
        for (const handle of others) all.splice(all.indexOf(handle), 1);
      });
    },
  },

  // Checkpoints.
  "fork-writes-into-checkpoint": {
    clause: "createCheckpoint: the checkpoint holds what the files are now; forkCheckpoint: the files of a checkpoint",
    does: "writes what a sandbox made from a checkpoint writes into the checkpoint too",
    change(server) {
      replaceStep(server, "fork", (fork) => (asked, organisation) => {
        const answer = fork(asked, organisation);
        server.files.set(server.sandboxes[0]!, server.ownCheckpoint(asked, organisation).files);
        return answer;
      });
    },
  },
  "fork-takes-gate-along": {
    clause: "forkCheckpoint: it has neither the tags nor the preview token of the other one",
    does: "guards a sandbox made from a checkpoint by the preview token that the checkpoint's sandbox has",
    change(server) {
      replaceStep(server, "fork", (fork) => (asked, organisation) => {
        const answer = fork(asked, organisation);
        const { shown } = server.ownCheckpoint(asked, organisation);
        const source = server.sandboxes.find(({ id }) => id === shown["sandboxId"]);
        server.sandboxes[0]!.gate = source?.gate;
        return answer;
      });
    },
  },
};

function decodePath(asked: Asked): Asked {
  const query = new URLSearchParams(asked.query);
  try {
    query.set("path", decodeURIComponent(query.get("path") ?? ""));
  } catch {
    return asked;
  }
  return asked.query.has("path") ? { ...asked, query } : asked;
}
