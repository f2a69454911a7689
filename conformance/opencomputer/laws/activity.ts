import type { ApiCall } from "../../kit/law/call.ts";
import type { Law } from "../../kit/law/law.ts";
import { putOff, putOffMs, timedLaw } from "../idle-window.ts";
import { readIn, runIn, writeIn } from "./inside.ts";

const path = "/tmp/sandglass-active.txt";
const source = "#/x-idle-timeout/resets";

/** A session that ends at once. */
const session = (id: string): ApiCall => ({
  operation: "createExecSession",
  path: { id },
  json: { cmd: "echo", args: ["active"] },
});

/** What is activity: it puts the idle timeout off. */
export const activityLaws: readonly Law[] = [
  timedLaw({
    id: "opencomputer/preview/activity",
    requirement: "MUST",
    statement: "put the idle timeout off when a preview is requested",
    source,
    operations: ["createSandbox", "getSandbox"],
    needs: ["preview-route"],
    waitsMs: putOffMs(1),
    check: (run) => putOff(run, [{ what: "its preview was requested meanwhile", step: (id) => run.preview({ id }) }]),
  }),
  timedLaw({
    id: "opencomputer/inside/activity",
    requirement: "SHOULD",
    statement:
      "take commands, sessions, and files that are written, read or listed for activity: each puts the idle timeout off",
    source,
    operations: ["runCommand", "createExecSession", "writeFile", "readFile", "listFiles", "getSandbox"],
    waitsMs: putOffMs(5),
    check: (run) =>
      putOff(run, [
        { what: "a command ran in it meanwhile", step: (id) => runIn(run, id, "echo active") },
        { what: "a file was written meanwhile", step: (id) => writeIn(run, id, path, "active") },
        { what: "a file was read meanwhile", step: (id) => readIn(run, id, path) },
        { what: "a folder was listed meanwhile", step: (id) => run.send({ operation: "listFiles", path: { id } }) },
        { what: "a session was started meanwhile", step: (id) => run.send(session(id)) },
      ]),
  }),
  timedLaw({
    id: "opencomputer/create-pty/activity",
    requirement: "SHOULD",
    statement: "take a terminal that is opened for activity, which puts the idle timeout off",
    source,
    operations: ["createPty", "getSandbox"],
    waitsMs: putOffMs(1),
    check: (run) => {
      const step = (id: string) => run.send({ operation: "createPty", path: { id }, json: {} });
      return putOff(run, [{ what: "a terminal was opened meanwhile", step }]);
    },
  }),
];
