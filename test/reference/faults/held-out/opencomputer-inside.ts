import type { OpenComputer, Sandbox } from "../../opencomputer.ts";
import type { Files } from "../../opencomputer-inside.ts";
import { bodyOf } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";

const unwrittenMs = 1_000;

/** What goes wrong with commands and files inside a sandbox. */
export const insideFaults: ReferenceFaults<OpenComputer> = {
  "failed-command-is-no-activity": {
    clause: "tag commands: each is activity; x-idle-timeout.resets: exec",
    does: "does not count a command as activity that ends with another code than 0",
    change(server) {
      replaceStep(server, "enter", (enter) => (asked, organisation) => {
        const sandbox = server.sandboxes.find(({ id }) => id === asked.path[2]);
        const { status, activeAtMs } = sandbox ?? {};
        const answer = enter(asked, organisation);
        const { exitCode = 0 } = bodyOf(answer);
        if (sandbox !== undefined && status === "running" && exitCode !== 0) sandbox.activeAtMs = activeAtMs ?? 0;
        return answer;
      });
    },
  },
  "fresh-file-lost-in-sleep": {
    clause: "wakeSandbox: brings a hibernated sandbox back, with its files",
    does: "loses the files that were written in the second before a sandbox was hibernated",
    change(server) {
      const writtenAtMs = new Map<Files, Map<string, number>>();
      replaceStep(server, "enter", (enter) => (asked, organisation) => {
        const answer = enter(asked, organisation);
        const files = server.files.get(server.sandboxes.find(({ id }) => id === asked.path[2]) as Sandbox);
        if (files === undefined || asked.method !== "PUT") return answer;
        const times = writtenAtMs.get(files) ?? new Map<string, number>();
        writtenAtMs.set(files, times.set(asked.query.get("path") ?? "", server.now()));
        return answer;
      });
      replaceStep(server, "hibernate", (hibernate) => (sandbox) => {
        const files = server.files.get(sandbox);
        const times = files === undefined || sandbox.status !== "running" ? undefined : writtenAtMs.get(files);
        for (const [path, ms] of times ?? []) if (server.now() - ms < unwrittenMs) files?.delete(path);
        return hibernate(sandbox);
      });
    },
  },
  "reused-machine-keeps-files": {
    clause: "Tenants; createSandbox boots a sandbox of its template; tag files: files of the sandbox",
    does: "gives the next new sandbox, of whichever organisation, the files of the one that was killed last",
    change(server) {
      let left: Files | undefined;
      replaceStep(server, "kill", (kill) => (sandbox) => {
        left = server.files.get(sandbox) ?? left;
        server.files.delete(sandbox);
        return kill(sandbox);
      });
      replaceStep(server, "boot", (boot) => (order, organisation) => {
        const answer = boot(order, organisation);
        const [made] = server.sandboxes;
        if (left !== undefined && made !== undefined) server.files.set(made, left);
        left = undefined;
        return answer;
      });
    },
  },
};
