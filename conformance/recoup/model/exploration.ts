import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { plainCall } from "../../kit/explore/explored-call.ts";
import { defineExploration } from "../../kit/explore/exploration.ts";
import type { Addressed, Explored } from "../../kit/explore/exploration.ts";
import type { ExploredCall } from "../../kit/explore/explored-call.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { Unjudged } from "../../kit/law/unjudged.ts";
import { runMsMax } from "./accounts.ts";
import { operations } from "../../../generated/recoup/operations.ts";
import { createRecoupModel, lateMsMax } from "./index.ts";
import { pathsIn } from "./files.ts";
import { isChanging } from "./views.ts";

/** An account, by the id that requests name it by; its own caller leaves that out. */
type Account = Explored & { readonly isNamed: boolean };

const settledMs = runMsMax + lateMsMax;
const snapshotId = "snap_sandglass";
const repository = "https://github.com/sandglass-conform/explored";
/** The example of the document, in whose place the account's own id is sent. */
const sampleAccount = document.components.schemas.SetupSandboxRequest.properties.account_id.examples[0];
/** Operations on the caller's own account only. */
const ofFiles: readonly string[] = ["getSandboxFile", "uploadSandboxFiles"];
const uploads = [
  { files: [{ url: "data:,first", name: "explored.txt" }] },
  { files: [{ url: "data:,second", name: "explored.txt" }] },
  {
    path: "folder",
    files: [
      { url: "data:,third", name: "a.txt" },
      { url: "data:,", name: "empty.txt" },
    ],
  },
  { path: "folder/", message: "Deeper", files: [{ url: "data:,%C3%BC%F0%9F%94%91%0A", name: "deep/wide.txt" }] },
  {
    files: [
      { url: "data:application/octet-stream;base64,AAH/gA==", name: "raw.png" },
      { url: "sandglass://none", name: "failed.txt" },
    ],
  },
];
/** What may be taken for one of them. */
const nearMisses = ["a.txt", "folder", "EXPLORED.txt", "explored", "explored.txt.bak", "failed.txt"];
/** A valid file before a broken one: neither is to be there. */
const brokenUploads = [
  {},
  { name: "half.txt" },
  { url: "data:,half", name: "" },
  { url: "no address", name: "half.txt" },
  "half.txt",
  null,
].map((broken) => ({
  files: [{ url: "data:,half", name: "half-done.txt" }, broken],
}));
const ofOther = { files: [{ url: "data:,of another", name: "of-another.txt" }] };
/** What is looked at after each change, and what is read now and then. */
const lookedAt = ["explored.txt", "folder/a.txt", "half-done.txt", ...pathsIn(ofOther)];
const readPaths = [...new Set([...uploads.flatMap(pathsIn), ...nearMisses])].filter((path) => !lookedAt.includes(path));

/** The table of the contract: accounts by what they keep, each met with each class of requests. */
export const exploration = defineExploration(() => createRecoupModel({ isFromStart: true }), {
  operations: Object.keys(operations),
  isOfSubject: ({ id }) => isChanging(id),
  rows: ["nothing", "a snapshot", "a repository", "a snapshot and a repository"].map((kept) => `known, ${kept}`),
  nameOf: (state) => {
    if (state.kind !== "account" || state.row === undefined) return "unknown";
    const { snapshot_id, github_repo } = state.row ?? {};
    const kept = [...(snapshot_id == null ? [] : ["a snapshot"]), ...(github_repo == null ? [] : ["a repository"])];
    return `known, ${kept.length === 0 ? "nothing" : kept.join(" and ")}`;
  },
  dueIn: () => undefined,
  arm: () => undefined,
  oneWay: [],
  sparse: ["setupSandbox"],
  more: [
    plainCall("updateSandboxSnapshot", { json: { snapshotId } }, true),
    plainCall("updateSandboxSnapshot", { json: { github_repo: repository } }, true),
    plainCall("updateSandboxSnapshot", { json: { snapshotId: "snap_other", github_repo: `${repository}-too` } }, true),
    ...uploads.map((json) => plainCall("uploadSandboxFiles", { json }, true)),
    ...readPaths.map((path) => plainCall("getSandboxFile", { query: { path } })),
    ...brokenUploads.map((json): ExploredCall => ({ ...plainCall("uploadSandboxFiles", { json }), kind: "broken" })),
  ],
  address: (explored, operation, call) => address(explored as Account, operation, call),
  views: () => [
    { operation: "listSandboxes" },
    { operation: "listTaskRuns" },
    { operation: "updateSandboxSnapshot", json: {} },
    ...lookedAt.map((path): ApiCall => ({ operation: "getSandboxFile", query: { path } })),
  ],
  follow: (exchange) => {
    if (exchange.operation !== "setupSandbox" || !isSuccess(exchange) || !isObject(exchange.response.json)) return [];
    const call = { operation: "listTaskRuns", query: { runId: String(exchange.response.json["runId"]) } };
    return [0, 5_000, 60_000].map((afterMs) => ({ afterMs, call }));
  },
  creates: 7,
  begin: async (explorer, run) => {
    const idOf = async (credentials: "own" | "other") => {
      const exchange = await explorer.send({ operation: "getAccountId", credentials });
      const json = exchange?.response.json;
      return isObject(json) ? String(json["accountId"]) : "";
    };
    const account = (id: string, by: "own" | "other", isNamed = false): Account => {
      return { id, subject: `account ${isNamed ? id.toLowerCase() : `of ${by}`}`, by, isNamed };
    };
    const own = account(await idOf("own"), "own");
    const { memberAccount } = run.inputs;
    // No two at one moment, so that it is known which of them made what.
    const make = async (body: JsonObject, by: "own" | "other" = "own") => {
      await explorer.pass(1_000);
      await explorer.create(body, by);
    };
    // What commands of before may still do is over by then.
    await explorer.pass(settledMs);
    await make({});
    await make({ command: "true", cwd: "/tmp" });
    await explorer.pass(settledMs);
    const named = memberAccount === undefined ? own : account(memberAccount, "own", true);
    // Where a key may not name the account, its own alone is gone through.
    const member = named !== own && (await isMade(make({ account_id: named.id }))) ? named : own;
    if (member !== own) await make({ account_id: member.id });
    if (run.has("second-key")) {
      const other = account(await idOf("other"), "other");
      await make({}, "other");
      const kept = { github_repo: `${repository}-of-another` };
      await explorer.send({ operation: "updateSandboxSnapshot", json: kept, credentials: "other" });
      await explorer.send({ operation: "uploadSandboxFiles", json: ofOther, credentials: "other" });
      await explorer.join(other);
    }
    return [await explorer.join(member), member === own ? own : await explorer.join(own)];
  },
  end: async (explorer, run) => {
    const { memberAccount } = run.inputs;
    await explorer.create({ command: "true", args: [], cwd: "/tmp" }, "own");
    if (memberAccount !== undefined)
      await isMade(explorer.create({ account_id: memberAccount, command: "true" }, "own"));
    for (const limit of ["1", "2", "20"]) await explorer.send({ operation: "listTaskRuns", query: { limit } });
  },
});

/** Whether a create made a sandbox, and was not refused. */
async function isMade(created: Promise<unknown>): Promise<boolean> {
  try {
    await created;
    return true;
  } catch (error) {
    if (error instanceof Unjudged && error.skipCause === "no-sandbox") return false;
    throw error;
  }
}

/** Names the account where it is not the caller's own. */
function address({ id, isNamed }: Account, operation: string, call: Addressed): Addressed | undefined {
  const isOther = call.credentials === "other";
  if (isObject(call.json) && "account_id" in call.json && call.json["account_id"] !== sampleAccount) {
    return isNamed || isOther ? undefined : call;
  }
  if (!isNamed && !isOther) {
    const isSample = isObject(call.json) && "account_id" in call.json && id !== "";
    return isSample ? { ...call, json: { ...call.json, account_id: id } } : call;
  }
  if (ofFiles.includes(operation) || id === "") return undefined;
  if (!isChanging(operation)) return { ...call, query: { ...call.query, account_id: id } };
  if (call.text !== undefined) return undefined;
  if (call.json === undefined) return { ...call, json: { account_id: id } };
  if (!isObject(call.json)) return undefined;
  const { github_repo } = call.json;
  const own =
    typeof github_repo === "string" && URL.canParse(github_repo) ? { github_repo: `${github_repo}-${id}` } : {};
  return { ...call, json: { ...call.json, ...own, account_id: id } };
}
