import { Fault } from "../../checks.ts";
import { Refusal } from "../../http.ts";
import type { Asked } from "../../http.ts";
import type { Caller, Recoup } from "../../recoup.ts";
import { attempt, bodyOf, resend, sentIn } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";

/** What goes wrong with sandboxes, and with what an account keeps for the next one. */
export const accountFaults: ReferenceFaults<Recoup> = {
  "stopped-lacks-timeout": {
    clause: "Sandbox.required: timeout; it is 0 once the sandbox has stopped",
    does: "leaves the remaining time of a sandbox out once it has stopped",
    change(server) {
      replaceStep(server, "show", (show) => (sandbox) => {
        const { timeout, ...shown } = show(sandbox);
        return shown["sandboxStatus"] === "stopped" ? shown : { ...shown, timeout };
      });
    },
  },
  "id-filter-drops-account": {
    clause: "listSandboxes.sandbox_id: an id that belongs to another account gives an empty list",
    does: "looks for a `sandbox_id` in all accounts that the caller can reach, whichever `account_id` is sent with it",
    change(server) {
      replaceStep(server, "list", (list) => (asked, caller) => {
        const answer = list(asked, caller);
        const id = asked.query.get("sandbox_id");
        const found = server.sandboxes.filter((each) => each.id === id && reaches(server, caller, each.account));
        if (found.length === 0) return answer;
        return { ...answer, body: { ...bodyOf(answer), sandboxes: found.map((each) => server.show(each)) } };
      });
    },
  },
  "refused-args-leave-sandbox": {
    clause: "createSandbox 400: either way there is no sandbox",
    does: "leaves a sandbox where it refuses a create for its `args`",
    change(server) {
      replaceStep(server, "create", (create) => (asked, caller) => {
        try {
          return create(asked, caller);
        } catch (error) {
          const isForArgs = error instanceof Fault && error.path[0] === "args";
          if (isForArgs)
            attempt(() =>
              create(
                resend(asked, ({ account_id }) => ({ account_id })),
                caller,
              ),
            );
          throw error;
        }
      });
    },
  },
  "repository-clears-snapshot": {
    clause: "updateSandboxSnapshot: members left out keep their value",
    does: "forgets the snapshot of an account where a repository alone is set",
    change(server) {
      replaceStep(server, "update", (update) => (asked, caller) => {
        const answer = update(asked, caller);
        const { snapshotId, github_repo } = sentIn(asked);
        if (github_repo === undefined || snapshotId !== undefined) return answer;
        Object.assign(server.row(accountOf(server, asked, caller)), { snapshot_id: null, expires_at: null });
        return answer;
      });
    },
  },
  "reading-prolongs-snapshot": {
    clause: "updateSandboxSnapshot: a body with neither changes nothing",
    does: "lets the snapshot of an account expire seven days after the record was read",
    change(server) {
      replaceStep(server, "update", (update) => (asked, caller) => {
        const answer = update(asked, caller);
        const { snapshotId, github_repo } = sentIn(asked);
        const kept = server.rows.get(accountOf(server, asked, caller))?.snapshot_id;
        const isRead = snapshotId === undefined && github_repo === undefined;
        if (isRead && typeof kept === "string") server.setSnapshot(accountOf(server, asked, caller), kept);
        return answer;
      });
    },
  },
  "forbidden-update-is-stored": {
    clause: "updateSandboxSnapshot 403: the caller cannot reach the account",
    does: "sets the snapshot of an account that is out of reach, though it answers with 403",
    change(server) {
      replaceStep(server, "update", (update) => (asked, caller) => {
        try {
          return update(asked, caller);
        } catch (error) {
          const { account_id, snapshotId } = sentIn(asked);
          const isForbidden = error instanceof Refusal && error.answer.status === 403;
          if (isForbidden && typeof snapshotId === "string") {
            server.setSnapshot(String(account_id).toLowerCase(), snapshotId);
          }
          throw error;
        }
      });
    },
  },
  "delete-tells-callers-record": {
    clause: "DeleteSandboxesResponse.deleted_snapshot: the record as it was; null if there was none",
    does: "deletes the record of another account, and tells the caller's own as the deleted one",
    change(server) {
      replaceStep(server, "delete", (remove) => (asked, caller) => {
        const own = server.rows.get(caller.account) ?? null;
        return { ...remove(asked, caller), body: { status: "success", deleted_snapshot: own } };
      });
    },
  },
  "second-setup-joins-first": {
    clause: "setupSandbox: every call starts another run",
    does: "answers a set-up with the run of the one before, if that has not ended",
    change(server) {
      replaceStep(server.runs, "start", (start) => (task, account, payload) => {
        const open = server.runs.runs.find((run) => {
          return run.task === task && run.account === account && server.runs.statusOf(run) !== "COMPLETED";
        });
        return task === "setup-sandbox" && open !== undefined ? open.id : start(task, account, payload);
      });
    },
  },
};

/** The account that a request names in its body, which was found to be in reach. */
function accountOf(server: Recoup, asked: Asked, caller: Caller): string {
  return server.reach(caller, server.account(server.anyBody(asked)));
}

function reaches(server: Recoup, caller: Caller, account: string): boolean {
  try {
    return server.reach(caller, account) === account;
  } catch {
    return false;
  }
}
