import { describe, expect, test } from "vitest";
import { ContractError } from "../contract/contract-error.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

// What TypeScript refuses and JavaScript lets through.
const untyped = (value: unknown) => value as never;
const apiKey = "sandglass-acme";
const baseUrl = "http://in-process";
let sent = 0;
const fetch = () => {
  sent += 1;
  return Response.json({});
};
const computer = createOpenComputerClient({ baseUrl, apiKey, fetch, previewDomain: "localhost" });
const recoup = createRecoupClient({ baseUrl, apiKey, fetch });

describe("what a caller gets wrong is refused before anything is sent:", () => {
  test.each<[act: () => unknown, message: string]>([
    [
      () => createOpenComputerClient(untyped(undefined)),
      "createOpenComputerClient: its options are an object, not undefined",
    ],
    [() => createRecoupClient(untyped(null)), "createRecoupClient: its options are an object, not null"],
    [
      () => createRecoupClient(untyped({ baseUrl, apiKey, timeoutMS: 5 })),
      'createRecoupClient: there is no option "timeoutMS": did you mean "timeoutMs"?',
    ],
    [
      () => createOpenComputerClient(untyped({ baseUrl, apiKey, retry: { limits: 5 } })),
      'createOpenComputerClient: retry: there is no option "limits": did you mean "limit"?',
    ],
    [
      () => createOpenComputerClient(untyped({ baseUrl, apiKey, retry: null })),
      "createOpenComputerClient: retry is null: give an object, or false",
    ],
    [
      () => createOpenComputerClient(untyped({ baseUrl, apiKey, validate: "yes" })),
      "createOpenComputerClient: validate is of type string: give true or false",
    ],
    [
      () => createOpenComputerClient(untyped({ baseUrl, apiKey, signal: {} })),
      "createOpenComputerClient: signal is of type object: give an AbortSignal",
    ],
    [() => computer.sandboxes.get("sb-1", untyped(null)), "getSandbox: its options are an object, not null. Nothing"],
    [
      () => computer.sandboxes.create({}, untyped({ timeoutMS: 5 })),
      'createSandbox: there is no option "timeoutMS": did you mean "timeoutMs"? Nothing was sent',
    ],
    [() => recoup.files.read("a", untyped({ signal: 5 })), "getSandboxFile: signal is of type number: give an AbortSi"],
    [
      () => recoup.sandboxes.list(untyped({ sandboxId: "sbx_1" })),
      'listSandboxes: there is no option "sandboxId": did you mean "sandbox_id"?',
    ],
    [() => recoup.runs.list(untyped(null)), "listTaskRuns: its options are an object, not null"],
    [
      () => recoup.sandboxes.get("sbx_1", untyped({ timeoutMs: 5 })),
      'listSandboxes: there is no option "timeoutMs": there are account_id',
    ],
    [
      () => computer.sandboxes.waitFor("sb-1", untyped("runing")),
      'getSandbox: there is no status "runing": did you mean "running"?',
    ],
    [
      () => computer.sandboxes.waitFor("sb-1", "running", untyped({ interval: 5 })),
      'getSandbox: there is no option "interval": did you mean "intervalMs"?',
    ],
    [() => computer.sandboxes.waitFor("sb-1", untyped(undefined)), "getSandbox: there is no status undefined: there"],
    [
      () => recoup.sandboxes.waitFor("sbx_1", untyped(["running", "stoped"])),
      'listSandboxes: there is no status "stoped": did you mean "stopped"?',
    ],
    [
      () => recoup.runs.waitFor("run_1", { statuses: untyped("DONE") }),
      'listTaskRuns: there is no status "DONE": there',
    ],
    [() => recoup.runs.waitFor("run_1", untyped(null)), "listTaskRuns: its options are an object, not null"],
    [
      () => recoup.sandboxes.runCommand({ command: "ls" }, untyped({ timeout: 5 })),
      'runCommand: there is no option "timeout": did you mean "timeoutMs"?',
    ],
    [
      () => computer.previewFetch("sb-1", 3000, "/", untyped({ heders: {} })),
      'previewFetch: there is no option "heders": did you mean "headers"?',
    ],
    [
      () => computer.previewFetch("sb-1", 3000, "/", { body: "x" }),
      "previewFetch: Request with GET/HEAD method cannot have body. Nothing was sent",
    ],
  ])("%s", async (act, message) => {
    sent = 0;
    const refused = await Promise.resolve()
      .then(act)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ContractError);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(message) as string });
    expect(sent).toBe(0);
  });
});
