import { randomBytes } from "node:crypto";
import { Fault } from "../checks.ts";
import { Refusal } from "../http.ts";
import type { Answer } from "../http.ts";
import type { Recoup } from "../recoup.ts";
import { bodyOf, sentIn } from "./bodies.ts";
import { replaceStep } from "./fault.ts";
import type { ReferenceFaults } from "./fault.ts";

const cachedMs = 5_000;

/** Faults of the Recoup server, each written from a clause of the contract. */
export const recoupFaults: ReferenceFaults<Recoup> = {
  // What an account keeps.
  "refused-update-sets-snapshot": {
    clause: "updateSandboxSnapshot 400: the request breaks a rule. Nothing has changed",
    does: "sets the snapshot of an update that it refuses for its repository",
    change(server) {
      replaceStep(server, "update", (update) => (asked, caller) => {
        try {
          return update(asked, caller);
        } catch (error) {
          const { account_id, snapshotId } = sentIn(asked);
          const isHalf = error instanceof Fault && error.path[0] === "github_repo" && typeof snapshotId === "string";
          const account = typeof account_id === "string" ? account_id : undefined;
          if (isHalf) server.setSnapshot(server.reach(caller, account), snapshotId);
          throw error;
        }
      });
    },
  },
  "snapshot-expires-in-minutes": {
    clause: "AccountSnapshot.expires_at: a snapshot that is set expires seven days later",
    does: "takes the seconds of seven days for milliseconds",
    change(server) {
      replaceStep(server, "setSnapshot", (set) => (account, id) => {
        set(account, id);
        server.row(account).expires_at = new Date(server.now() + 7 * 86_400).toISOString();
      });
    },
  },
  "delete-hides-sandboxes": {
    clause: "deleteSandboxes: sandboxes are left alone: they run on and stay listed",
    does: "lists none of an account's sandboxes any more once its repository and snapshot are deleted",
    change(server) {
      replaceStep(server, "erase", (erase) => (account) => {
        const others = server.sandboxes.filter((each) => each.account !== account);
        server.sandboxes.splice(0, server.sandboxes.length, ...others);
        return erase(account);
      });
    },
  },
  "delete-keeps-files": {
    clause: "deleteSandboxes: deletes for good the repository of the account and its snapshot record",
    does: "deletes the record alone, and goes on listing and reading the files",
    change(server) {
      replaceStep(server, "erase", (erase) => (account) => {
        const repository = server.repositories.get(account);
        const row = erase(account);
        if (repository !== undefined) server.repositories.set(account, repository);
        return row;
      });
    },
  },
  "list-shows-callers-snapshot": {
    clause: "listSandboxes: the sandboxes of one account, with its snapshot, repository and file tree",
    does: "lists the sandboxes of another account beside the caller's own snapshot, repository and files",
    change(server) {
      replaceStep(server, "list", (list) => (asked, caller) => {
        const answer = list(asked, caller);
        return { ...answer, body: { ...bodyOf(answer), ...server.keeps(caller.account) } };
      });
    },
  },

  // Set-up.
  "setup-for-caller": {
    clause: "SetupSandboxRequest.account_id: the account to set up",
    does: "sets the caller's own account up, whichever was named",
    change(server) {
      replaceStep(server, "setup", (setup) => (asked, caller) => {
        server.reach(caller, server.account(server.anyBody(asked)));
        return setup({ ...asked, body: Buffer.from("{}") }, caller);
      });
    },
  },
  "setup-half-done": {
    clause: "setupSandbox: gives the account a repository, takes a snapshot; the run's output names both",
    does: "ends a set-up well, its output naming a snapshot, and sets no snapshot for the account",
    change(server) {
      replaceStep(server, "finishSetup", (finish) => (account, run) => {
        const { snapshot_id, expires_at } = server.rows.get(account) ?? { snapshot_id: null, expires_at: null };
        finish(account, run);
        Object.assign(server.row(account), { snapshot_id, expires_at });
      });
    },
  },

  // Files.
  "file-is-stale": {
    clause: "uploadSandboxFiles: a file of that path is replaced; getSandboxFile: its contents",
    does: "reads a file for five seconds as it was read before",
    change(server) {
      const read = new Map<string, { answer: Answer; untilMs: number }>();
      replaceStep(server, "readFile", (readFile) => (asked, caller) => {
        const key = `${caller.account} ${asked.query.get("path")}`;
        const cached = read.get(key);
        if (cached !== undefined && server.now() < cached.untilMs) return cached.answer;
        const answer = readFile(asked, caller);
        read.set(key, { answer, untilMs: server.now() + cachedMs });
        return answer;
      });
    },
  },
  "refused-upload-writes-first": {
    clause: "uploadSandboxFiles 400: the request breaks a rule. Nothing has changed",
    does: "commits the files before the broken one of an upload that it refuses",
    change(server) {
      replaceStep(server, "upload", (upload) => async (asked, caller) => {
        try {
          return await upload(asked, caller);
        } catch (error) {
          const [member, index] = error instanceof Fault ? error.path : [];
          const { files, path } = sentIn(asked);
          if (member === "files" && typeof index === "number" && index > 0 && Array.isArray(files)) {
            const body = Buffer.from(JSON.stringify({ path, files: files.slice(0, index) }));
            await upload({ ...asked, body }, caller);
          }
          throw error;
        }
      });
    },
  },
  "file-of-other-account": {
    clause: "getSandboxFile: one file of the caller's own repository",
    does: "looks for a file in every account's repository where the caller's own has none of that path",
    change(server) {
      replaceStep(server, "readFile", (read) => (asked, caller) => {
        try {
          return read(asked, caller);
        } catch (error) {
          const path = asked.query.get("path") ?? "";
          const files = [...server.repositories.values()].map((repository) => repository.read(path));
          const file = files.find((each) => each !== undefined);
          if (!(error instanceof Refusal) || file === undefined) throw error;
          return { status: 200, body: { status: "success", ...file } };
        }
      });
    },
  },

  // Runs.
  "prompt-run-is-unknown": {
    clause: "Sandbox.runId: identifies the run of the command or prompt; listTaskRuns reads it",
    does: "names a run for a prompt that nothing starts, and that is not found",
    change(server) {
      replaceStep(server.runs, "start", (start) => (task, account, payload) => {
        const isPrompt = typeof payload === "object" && payload !== null && "prompt" in payload;
        return isPrompt ? `run_${randomBytes(8).toString("hex")}` : start(task, account, payload);
      });
    },
  },
  "run-in-folder-never-ends": {
    clause: "TaskRun x-lifecycle: callers ask every few seconds until the status is final",
    does: "leaves a run executing for ever whose `cwd` was sent",
    change(server) {
      replaceStep(server.runs, "statusOf", (statusOf) => (run) => {
        const { payload } = run;
        const isIn = typeof payload === "object" && payload !== null && "cwd" in payload && payload.cwd !== undefined;
        return isIn && statusOf(run) === "COMPLETED" ? "EXECUTING" : statusOf(run);
      });
    },
  },
  "run-limit-counts-others": {
    clause: "listTaskRuns.limit: how many runs to list at most, of the recent runs of an account",
    does: "takes the most recent runs of all accounts, as many as the limit, and lists the account's among them",
    change(server) {
      replaceStep(server, "listRuns", (list) => (asked, caller) => {
        const answer = list(asked, caller);
        if ((asked.query.get("runId") ?? "").trim() !== "") return answer;
        const recent = server.runs.runs.slice(0, Number(asked.query.get("limit") ?? "20")).map(({ id }) => id);
        const { runs } = bodyOf(answer) as { runs: { id: string }[] };
        return { ...answer, body: { status: "success", runs: runs.filter(({ id }) => recent.includes(id)) } };
      });
    },
  },

  // Creates and lists.
  "create-for-other-makes-two": {
    clause: "createSandbox: makes it for another account; every call makes a new sandbox",
    does: "makes a second sandbox, of the caller's own, with each that is made for another account",
    change(server) {
      replaceStep(server, "create", (create) => (asked, caller) => {
        const answer = create(asked, caller);
        const [made] = server.sandboxes;
        if (made !== undefined && made.account !== caller.account) {
          const id = `sbx_${randomBytes(8).toString("hex")}`;
          server.sandboxes.unshift({ ...made, id, account: caller.account });
        }
        return answer;
      });
    },
  },
  "one-sandbox-in-seconds": {
    clause: "Sandbox.timeout: milliseconds left until the sandbox stops by itself",
    does: "tells the remaining time in seconds where one sandbox is asked for by its id",
    change(server) {
      replaceStep(server, "list", (list) => (asked, caller) => {
        const answer = list(asked, caller);
        if ((asked.query.get("sandbox_id") ?? "") === "") return answer;
        const body = bodyOf(answer) as { sandboxes: { timeout: number }[] };
        const sandboxes = body.sandboxes.map((each) => ({ ...each, timeout: Math.floor(each.timeout / 1000) }));
        return { ...answer, body: { ...body, sandboxes } };
      });
    },
  },
};
