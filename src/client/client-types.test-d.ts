import type { Client } from "openapi-fetch";
import { expectTypeOf, test } from "vitest";
import type { paths as OpenComputerPaths } from "../../generated/opencomputer/types.ts";
import type { operations as recoup } from "../../generated/recoup/types.ts";
import type { ApiError, ApiErrorCode } from "./api-error.ts";
import type { CommandResult } from "./command-run.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import type { OpenComputerSchemas } from "./opencomputer-types.ts";
import type { AnswerBody, RequestBody } from "./operation-types.ts";
import { createRecoupClient } from "./recoup-client.ts";
import type { RecoupSandbox, RecoupSchemas, TaskRun } from "./recoup-types.ts";

const baseUrl = "http://127.0.0.1:4020";
const apiKey = "sandglass-acme";
const openComputer = createOpenComputerClient({ baseUrl, apiKey });
const recoupClient = createRecoupClient({ baseUrl, apiKey });

test("every request field is optional on its own, and the known ones have their types", () => {
  void openComputer.sandboxes.create();
  void openComputer.sandboxes.create({});
  void openComputer.sandboxes.create({ timeout: 120, envs: { GREETING: "hello" }, previewAuth: { token: "auto" } });
  void openComputer.sandboxes.create({ previewAuth: {} });
  void openComputer.sandboxes.create({ image: { steps: [{ type: "run", args: { commands: ["true"] } }] } });
  void recoupClient.sandboxes.create({ command: "ls", args: ["-la"], cwd: "/" });
  void recoupClient.files.upload({ files: [{ url: "https://files.example/a", name: "a" }] });
  // @ts-expect-error seconds are a number
  void openComputer.sandboxes.create({ timeout: "120" });
  // @ts-expect-error values of variables are strings
  void openComputer.sandboxes.create({ envs: { DEBUG: 1 } });
  // @ts-expect-error arguments are a list
  void recoupClient.sandboxes.create({ command: "ls", args: "-la" });
});

test("a field that is not in the contract does not compile", () => {
  // @ts-expect-error the field is templateID
  void openComputer.sandboxes.create({ template: "base" });
  // @ts-expect-error the field is scheme
  void openComputer.sandboxes.create({ previewAuth: { type: "bearer" } });
  // @ts-expect-error the field is account_id
  void recoupClient.sandboxes.create({ accountId: "550e8400-e29b-41d4-a716-446655440000" });
  // @ts-expect-error the parameter is sandbox_id
  void recoupClient.sandboxes.list({ sandboxId: "sbx_1" });
  // @ts-expect-error there is one scheme
  void openComputer.sandboxes.create({ previewAuth: { scheme: "basic" } });
});

test("a field that is missing does not compile", () => {
  // @ts-expect-error a preview needs its port
  void openComputer.previews.create("sb-1", {});
  // @ts-expect-error "never" has to be said: 0
  void openComputer.sandboxes.setTimeout("sb-1");
  // @ts-expect-error a file needs its name
  void recoupClient.files.upload({ files: [{ url: "https://files.example/a" }] });
  // @ts-expect-error files are what an upload is about
  void recoupClient.files.upload({});
  // @ts-expect-error a path needs its id
  void openComputer.raw.GET("/api/sandboxes/{id}", { params: {} });
});

test("command and prompt exclude each other", () => {
  void recoupClient.sandboxes.create({ prompt: "say hello" });
  // @ts-expect-error both
  void recoupClient.sandboxes.create({ command: "ls", prompt: "say hello" });
  // @ts-expect-error both, through the raw client
  void recoupClient.raw.POST("/api/sandboxes", { body: { command: "ls", prompt: "say hello" } });
  expectTypeOf<{ command: string; prompt: string }>().not.toExtend<RequestBody<recoup["createSandbox"]>>();
});

test("what may be undefined is left out of a create, at any depth", () => {
  const either: { command?: string; prompt?: string } = {};
  const maybe = process.env["MAYBE"];
  void recoupClient.sandboxes.create(either);
  void recoupClient.sandboxes.create({ command: maybe, prompt: undefined, account_id: maybe });
  void recoupClient.sandboxes.runCommand(either, { timeoutMs: undefined });
  void openComputer.sandboxes.create({ timeout: undefined, previewAuth: { token: maybe } });
  void recoupClient.sandboxes.get("sbx_1", { account_id: maybe });
  void recoupClient.sandboxes.waitFor("sbx_1", "running", { account_id: maybe });
  // @ts-expect-error it would be the caller's own account that loses everything
  void recoupClient.sandboxes.deleteAll({ account_id: maybe });
  // @ts-expect-error both
  void recoupClient.sandboxes.runCommand({ command: "ls", prompt: "say hello" });
});

test("a command's result is told apart by its status", () => {
  const look = (result: CommandResult) => {
    if (result.status !== "COMPLETED") return expectTypeOf(result.error).toEqualTypeOf<TaskRun["error"]>();
    expectTypeOf(result.exitCode).toEqualTypeOf<number>();
    expectTypeOf(result.stdout).toEqualTypeOf<string>();
  };
  expectTypeOf(look).parameter(0).toEqualTypeOf<CommandResult>();
  expectTypeOf(recoupClient.sandboxes.runCommand).returns.resolves.toEqualTypeOf<CommandResult>();
});

test("cores and memory have to be a tier", () => {
  void openComputer.sandboxes.create({ cpuCount: 2 });
  void openComputer.sandboxes.create({ memoryMB: 16384 });
  void openComputer.sandboxes.create({ cpuCount: 2, memoryMB: 8192 });
  // @ts-expect-error 8192 goes with two cores
  void openComputer.sandboxes.create({ cpuCount: 1, memoryMB: 8192 });
  // @ts-expect-error no tier has three cores
  void openComputer.sandboxes.create({ cpuCount: 3 });
  // @ts-expect-error no tier has 2048 MB
  void openComputer.sandboxes.create({ memoryMB: 2048 });
});

test("answers are those of the contract, precisely", () => {
  const { sandboxes, previews, tags } = openComputer;
  expectTypeOf(sandboxes.create).returns.resolves.toEqualTypeOf<OpenComputerSchemas["CreateSandboxResponse"]>();
  expectTypeOf(sandboxes.list).returns.resolves.toEqualTypeOf<OpenComputerSchemas["Sandbox"][]>();
  expectTypeOf(sandboxes.get).returns.resolves.toEqualTypeOf<OpenComputerSchemas["Sandbox"]>();
  expectTypeOf(sandboxes.waitFor).returns.resolves.toEqualTypeOf<OpenComputerSchemas["Sandbox"]>();
  expectTypeOf(sandboxes.kill).returns.resolves.toEqualTypeOf<void>();
  expectTypeOf(sandboxes.setTimeout).returns.resolves.toEqualTypeOf<void>();
  expectTypeOf(previews.create).returns.resolves.toEqualTypeOf<OpenComputerSchemas["Preview"]>();
  expectTypeOf(tags.replace).returns.resolves.toEqualTypeOf<OpenComputerSchemas["SandboxTags"]>();
  expectTypeOf(openComputer.previewFetch).returns.resolves.toEqualTypeOf<Response>();
  expectTypeOf<Awaited<ReturnType<typeof sandboxes.create>>["status"]>().toEqualTypeOf<"running">();
  expectTypeOf<Awaited<ReturnType<typeof sandboxes.create>>["previewAuthToken"]>().toEqualTypeOf<string | undefined>();
});

test("Recoup's answers are those of the contract, and a create has exactly one sandbox", () => {
  const { sandboxes, runs, files } = recoupClient;
  type Created = Awaited<ReturnType<typeof sandboxes.create>>;
  expectTypeOf<Created["sandboxes"]>().toEqualTypeOf<[RecoupSandbox]>();
  expectTypeOf<RecoupSchemas["Sandbox"]>().toExtend<RecoupSandbox>();
  expectTypeOf<RecoupSandbox["sandboxStatus"]>().toEqualTypeOf<
    RecoupSchemas["Sandbox"]["sandboxStatus"] | "snapshotting" | "aborted"
  >();
  expectTypeOf<RecoupSchemas["SandboxesResponse"]>().toExtend<Awaited<ReturnType<typeof sandboxes.list>>>();
  expectTypeOf(sandboxes.get).returns.resolves.toEqualTypeOf<RecoupSandbox>();
  expectTypeOf(sandboxes.updateSnapshot).returns.resolves.toEqualTypeOf<RecoupSchemas["AccountSnapshot"] | null>();
  expectTypeOf(runs.waitFor).returns.resolves.toEqualTypeOf<RecoupSchemas["TaskRun"]>();
  expectTypeOf(files.read).returns.resolves.toEqualTypeOf<AnswerBody<recoup["getSandboxFile"]>>();
  expectTypeOf<Awaited<ReturnType<typeof sandboxes.list>>["snapshot_id"]>().toEqualTypeOf<string | null>();
});

test("statuses to wait for are those of the contract", () => {
  void openComputer.sandboxes.waitFor("sb-1", ["hibernated", "stopped"], { timeoutMs: 1000 });
  // @ts-expect-error Recoup's word
  void openComputer.sandboxes.waitFor("sb-1", "stopping");
  // @ts-expect-error OpenComputer's word
  void recoupClient.sandboxes.waitFor("sbx_1", "hibernated");
  // @ts-expect-error runs are spelled in capitals
  void recoupClient.runs.waitFor("run_1", { statuses: ["completed"] });
});

test("options are checked: credentials, and undefined as the default", () => {
  createRecoupClient({ baseUrl, bearerToken: "token", timeoutMs: undefined, retry: false });
  createOpenComputerClient({ baseUrl, apiKey, fetch: globalThis.fetch, signal: undefined });
  // @ts-expect-error one of the two
  createRecoupClient({ baseUrl, apiKey, bearerToken: "token" });
  // @ts-expect-error neither
  createRecoupClient({ baseUrl });
  // @ts-expect-error OpenComputer takes a key
  createOpenComputerClient({ baseUrl, bearerToken: "token" });
});

test("the raw client is openapi-fetch's own, and the codes of errors are a closed list", () => {
  expectTypeOf(openComputer.raw).toEqualTypeOf<Client<OpenComputerPaths>>();
  expectTypeOf<ApiError["code"]>().toEqualTypeOf<ApiErrorCode>();
  expectTypeOf<"RATE_LIMITED">().toExtend<ApiErrorCode>();
  expectTypeOf<"OOPS">().not.toExtend<ApiErrorCode>();
});
