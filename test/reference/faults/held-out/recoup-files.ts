import { Fault } from "../../checks.ts";
import { Refusal } from "../../http.ts";
import type { Answer } from "../../http.ts";
import { download } from "../../recoup-repository.ts";
import type { Recoup } from "../../recoup.ts";
import { bodyOf, members, sentIn } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";

/** What goes wrong with the files of a repository, and with runs. */
export const fileFaults: ReferenceFaults<Recoup> = {
  "two-credentials-read-file": {
    clause: "x-credentials.exactlyOneOf: ApiKeyAuth, BearerAuth; both, or none, is a 401",
    does: "reads a file for a request with a key in both headers",
    change(server) {
      replaceStep(server, "authenticate", (authenticate) => (asked) => {
        const isHere = asked.path[2] === "file" && (asked.headers["x-api-key"] ?? "") !== "";
        return authenticate(isHere ? { ...asked, headers: { ...asked.headers, authorization: "" } } : asked);
      });
    },
  },
  "binary-file-unmarked": {
    clause: "SandboxFileResponse.encoding: there for binary files; content is text unless `encoding` says otherwise",
    does: "answers a binary file in base64 without saying so",
    change(server) {
      replaceStep(server, "readFile", (read) => (asked, caller) => {
        const answer = read(asked, caller);
        return { ...answer, body: { ...bodyOf(answer), encoding: undefined } };
      });
    },
  },
  "failed-download-empties-file": {
    clause: "uploadSandboxFiles: some files may fail while others succeed; `uploaded` holds those that were committed",
    does: "empties a file whose new contents cannot be downloaded",
    change(server) {
      replaceStep(server, "upload", (upload) => async (asked, caller) => {
        const { files, path = "" } = sentIn(asked);
        const answer = await upload(asked, caller).catch((error: unknown) => {
          if (error instanceof Fault) throw error;
          return error;
        });
        for (const file of Array.isArray(files) ? files : []) {
          const { url, name } = members(file);
          const target = `${String(path)}/${String(name)}`;
          const repository = server.repositories.get(caller.account);
          const isKept = repository?.read(target) === undefined || (await canDownload(String(url)));
          if (!isKept) repository.write(target, Buffer.alloc(0));
        }
        if (answer instanceof Error) throw answer;
        return answer as Answer;
      });
    },
  },
  "size-in-characters": {
    clause: "FileTreeEntry.size: size in bytes",
    does: "lists the size of a text file in characters",
    change(server) {
      replaceStep(server, "keeps", (keeps) => (account) => {
        const { filetree, ...kept } = keeps(account);
        if (!Array.isArray(filetree)) return { ...kept, filetree };
        const entries = filetree.map((entry) => {
          const { path, size } = members(entry);
          const file = server.repositories.get(account)?.read(String(path));
          const isText = size !== undefined && file !== undefined && file.encoding === undefined;
          return isText ? { ...members(entry), size: file.content.length } : members(entry);
        });
        return { ...kept, filetree: entries };
      });
    },
  },
  "finished-run-is-public": {
    clause: "listTaskRuns 404: no such run, or one of an account that the caller cannot reach; the two look alike",
    does: "shows a run of an account out of reach once it has ended",
    change(server) {
      replaceStep(server, "listRuns", (list) => (asked, caller) => {
        try {
          return list(asked, caller);
        } catch (error) {
          const id = asked.query.get("runId")?.trim() ?? "";
          const run = error instanceof Refusal && error.answer.status === 404 ? server.runs.read(id, () => true) : null;
          if (members(run)["status"] !== "COMPLETED") throw error;
          return { status: 200, body: { status: "success", runs: [run] } };
        }
      });
    },
  },
  "absent-limit-lists-hundred": {
    clause: "listTaskRuns.limit: how many runs to list at most, 20 by default",
    does: "lists up to a hundred runs where no limit is sent",
    change(server) {
      replaceStep(server, "listRuns", (list) => (asked, caller) => {
        const query = new URLSearchParams(asked.query);
        if (!query.has("limit")) query.set("limit", "100");
        return list({ ...asked, query }, caller);
      });
    },
  },
};

async function canDownload(url: string): Promise<boolean> {
  return download(url).then(
    () => true,
    () => false,
  );
}
