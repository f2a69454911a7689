import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { plainCall } from "../../kit/explore/explored-call.ts";
import { defineExploration } from "../../kit/explore/exploration.ts";
import type { Addressed, Explored } from "../../kit/explore/exploration.ts";
import type { ExploredCall } from "../../kit/explore/explored-call.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { Unjudged } from "../../kit/law/unjudged.ts";
import { runMsMax } from "./accounts.ts";
import { operations } from "../../../generated/recoup/operations.ts";
import { createRecoupModel, lateMsMax } from "./index.ts";
import { pathsIn } from "./files.ts";
import { isChanging, sentIn, startedIn } from "./views.ts";

/** An account, by the id that requests name it by; its own caller leaves that out. */
type Account = Explored & {
  readonly isNamed: boolean;
  /** Sandboxes and runs of it that are asked for one by one. */
  readonly sandboxes: readonly string[];
  readonly runs: readonly string[];
};

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
/** Texts and bytes that a server may change on their way, names that it may, and more files than one or two. */
const data = (bytes: string | Uint8Array) =>
  `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
const oddFiles = [
  {
    path: "texts",
    files: Object.entries({
      "lines.txt": "one\r\ntwo\rthree\n\n",
      "no-line.txt": "no end of a line",
      "spaces.txt": "  \tpadded \n ",
      "mark.txt": "\uFEFFmark\n",
      "odd.txt": "<b>&amp;%41\\n\u0000\u2028u\u0308🔑\n",
      "long.txt": "0123456789abcdef".repeat(4_500),
    }).map(([name, text]) => ({ name, url: data(text) })),
  },
  {
    path: "bytes",
    files: [
      { name: "all.bin", url: data(Uint8Array.from({ length: 256 }, (_, byte) => byte)) },
      { name: "latin.txt", url: data(Uint8Array.of(0xe4, 0xf6, 0x0a)) },
      { name: "cut.txt", url: data(Uint8Array.of(0x61, 0xf0, 0x9f, 0x94)) },
      { name: "text.png", url: "data:,text" },
    ],
  },
  {
    path: "names/of files",
    files: [
      "a b.txt",
      "a+b.txt",
      "a#b&c=d.txt",
      "100%.txt",
      ".dots.d.txt",
      "u\u0308🔑.txt",
      "Case.txt",
      "case.txt",
      "a/b/c/d/e",
    ].map((name, index) => ({ name, url: `data:,${index}` })),
  },
  { path: "many", files: Array.from({ length: 24 }, (_, index) => ({ name: `${index}.txt`, url: `data:,${index}` })) },
];
const ofStranger = { files: [{ url: "data:,of a stranger", name: "of-stranger.txt" }] };
const byStranger = { snapshotId: "snap_stranger", github_repo: `${repository}-of-stranger` };
const ofOther = { files: [{ url: "data:,of another", name: "of-another.txt" }] };
/** What is looked at after each change, and what is read now and then. */
const lookedAt = ["explored.txt", "folder/a.txt", "half-done.txt", ...pathsIn(ofOther), ...pathsIn(ofStranger)];
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
  // What is kept for seconds is seen, and a time that is set anew is another one.
  pauseMs: 1_500,
  more: [
    plainCall("updateSandboxSnapshot", { json: { snapshotId } }, true),
    plainCall("updateSandboxSnapshot", { json: { github_repo: repository } }, true),
    plainCall("updateSandboxSnapshot", { json: { snapshotId: "snap_other", github_repo: `${repository}-too` } }, true),
    ...uploads.map((json) => plainCall("uploadSandboxFiles", { json }, true)),
    ...oddFiles.map((json) => plainCall("uploadSandboxFiles", { json })),
    ...stranger("updateSandboxSnapshot", byStranger),
    ...stranger("uploadSandboxFiles", ofStranger),
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
  glances: (explored) => {
    const { id, isNamed, sandboxes, runs } = explored as Account;
    return [
      ...sandboxes.map((sandbox_id) => ({ operation: "listSandboxes", query: { sandbox_id } })),
      ...runs.map((runId) => ({ operation: "listTaskRuns", query: { runId } })),
      ...(isNamed || id === "" ? [] : [{ operation: "listSandboxes", query: { account_id: id } }]),
    ];
  },
  follow: (exchange) => {
    const run = startedIn(exchange);
    if (run !== undefined) {
      const call = { operation: "listTaskRuns", query: { runId: run } };
      return [0, 5_000, 60_000].map((afterMs) => ({ afterMs, call }));
    }
    if (exchange.operation !== "uploadSandboxFiles" || exchange.response.status !== 200) return [];
    return pathsIn(sentIn(exchange)).map((path) => ({
      afterMs: 0,
      call: { operation: "getSandboxFile", query: { path } },
    }));
  },
  creates: 7,
  begin: async (explorer, run) => {
    const idOf = async (call: Omit<ApiCall, "operation">) => {
      const json = (await explorer.send({ ...call, operation: "getAccountId" }))?.response.json;
      return isObject(json) ? String(json["accountId"]) : "";
    };
    const account = async (id: string, by: "own" | "other", isNamed: boolean, sandboxes: readonly string[]) => {
      const query = isNamed && id !== "" ? { account_id: id, limit: "1" } : { limit: "1" };
      const listed = await explorer.send({ operation: "listTaskRuns", query, credentials: by });
      const subject = `account ${isNamed ? id.toLowerCase() : `of ${by}`}`;
      const joined: Account = { id, subject, by, isNamed, sandboxes, runs: runsIn(listed) };
      await explorer.join(joined);
      return joined;
    };
    const ownId = await idOf({});
    if ((await idOf({ form: "bearer" })) === ownId) explorer.alternate("bearer");
    const { memberAccount } = run.inputs;
    const otherId = run.has("second-key") ? await idOf({ credentials: "other" }) : undefined;
    const others = [memberAccount, otherId].filter((id) => id !== undefined && id !== "");
    // No two at one moment, so that it is known which of them made what.
    const make = async (body: JsonObject, by: "own" | "other" = "own") => {
      await explorer.pass(1_000);
      return (await explorer.create(body, by)).id;
    };
    // What commands of before may still do is over by then.
    await explorer.pass(settledMs);
    const sandbox = await make(others.length === 0 ? {} : { ...besides(others.at(-1)!), args: ["true"] });
    await make({ command: "true", cwd: "/tmp" });
    await explorer.pass(settledMs);
    // Where a key may not name the account, its own alone is gone through.
    const ofMember: string[] = [];
    const isReached =
      memberAccount !== undefined &&
      (await isMade(make({ account_id: memberAccount }).then((id) => ofMember.push(id))));
    if (isReached) {
      await make({ account_id: memberAccount, command: "true" });
      const json = { account_id: memberAccount, github_repo: `${repository}-of-member` };
      await explorer.send({ operation: "updateSandboxSnapshot", json });
    }
    await explorer.pass(settledMs);
    if (otherId !== undefined) {
      const made = await make({}, "other");
      const kept = { github_repo: `${repository}-of-another` };
      await explorer.send({ operation: "updateSandboxSnapshot", json: kept, credentials: "other" });
      await explorer.send({ operation: "uploadSandboxFiles", json: ofOther, credentials: "other" });
      await account(otherId, "other", false, [made]);
    }
    const member = isReached ? await account(memberAccount, "own", true, ofMember) : undefined;
    const own = await account(ownId, "own", false, [sandbox]);
    const calls = [...trespasses(ownId, others), ...lookingAcross(explorer.joined() as readonly Account[])];
    for (const call of calls) {
      await explorer.pass(1_000);
      await explorer.send(call);
      if (isChanging(call.operation)) for (const joined of explorer.joined()) await explorer.look(joined);
    }
    for (const joined of explorer.joined()) await explorer.look(joined);
    return [member ?? own, own];
  },
  end: async (explorer, run) => {
    const lookAtAll = async () => {
      for (const joined of explorer.joined()) await explorer.look(joined);
    };
    await explorer.pass(longMs);
    await lookAtAll();
    const { memberAccount } = run.inputs;
    // What it leaves is its own account's.
    if (memberAccount !== undefined)
      await isMade(explorer.create({ account_id: memberAccount, command: "true" }, "own"));
    await lookAtAll();
    await explorer.create({ command: "true", args: [], cwd: "/tmp" }, "own");
    await lookAtAll();
    const upload = (name: string) =>
      explorer.send({ operation: "uploadSandboxFiles", json: { files: [{ url: `data:,${name}`, name }] } });
    await explorer.send({ operation: "updateSandboxSnapshot", json: { github_repo: repository } });
    await Promise.all(["at-once.txt", "at-once-too.txt"].map(upload));
    await lookAtAll();
    await explorer.send({ operation: "setupSandbox", json: {} });
    await lookAtAll();
    for (const limit of ["1", "2", "20"]) await explorer.send({ operation: "listTaskRuns", query: { limit } });
    // Each starts a run of its own.
    await Promise.all([{}, {}].map((json) => explorer.send({ operation: "setupSandbox", json })));
    await explorer.send({ operation: "listTaskRuns" });
  },
});

/** Longer than a sandbox lives, so that all of them have stopped. */
const longMs = 7_200_000;

/** What a stranger would do, and what is to change nothing. */
function stranger(operation: string, json: JsonObject): readonly ExploredCall[] {
  return (["none", "other"] as const).map((credentials) => ({
    ...{ name: `${operation}, ${JSON.stringify(json)} by ${credentials}`, operation },
    ...({ kind: "stranger", isPlain: false, call: { json, credentials } } as const),
  }));
}

/** Members by which no request chooses an account. */
function besides(id: string): JsonObject {
  const names = ["accountId", "account", "organization_id", "orgId", "owner", "user_id", "tenant"];
  return Object.fromEntries(names.map((name) => [name, id]));
}

const broken = { json: { snapshotId: "snap_half", github_repo: "no address", account_id: "me" } };

/** Requests about the accounts of others, in every place where an id may stand. None of them changes or shows what is theirs. */
function trespasses(own: string, others: readonly (string | undefined)[]): readonly ApiCall[] {
  const kept = (name: string) => ({ snapshotId: `snap_${name}`, github_repo: `${repository}-${name}` });
  const files = [{ url: "data:,beside", name: "beside.txt" }];
  const run = { command: "true" };
  const all = others.flatMap((id): readonly ApiCall[] => {
    if (id === undefined) return [];
    const [more, query] = [{ ...besides(id) }, { account_id: id }];
    return [
      { operation: "getAccountId", query },
      { operation: "updateSandboxSnapshot", json: { ...more, ...kept("beside") }, query },
      { operation: "uploadSandboxFiles", json: { files, ...more, ...query }, query },
      { operation: "getSandboxFile", query: { ...query, path: pathsIn(ofOther)[0]! } },
      { operation: "getSandboxFile", query: { path: `../${id}/${pathsIn(ofOther)[0]!}` } },
      { operation: "deleteSandboxes", json: more, query },
    ];
  });
  const stranger = others.at(-1) ?? "";
  const foreign: readonly ApiCall[] = [
    { operation: "updateSandboxSnapshot", json: { ...kept("foreign"), account_id: stranger } },
    { operation: "deleteSandboxes", json: { account_id: stranger } },
    { operation: "listSandboxes", query: { account_id: stranger } },
    { operation: "listTaskRuns", query: { account_id: stranger } },
    ...[run, run].map((json) => {
      return { operation: "createSandbox", json: { ...json, account_id: stranger }, refusable: true };
    }),
  ];
  const asOther: readonly ApiCall[] = [
    { operation: "updateSandboxSnapshot", json: { ...kept("foreign"), account_id: own } },
    { operation: "deleteSandboxes", json: { account_id: own } },
    { operation: "setupSandbox", json: { account_id: own } },
    { operation: "listSandboxes", query: { account_id: own } },
  ].map((call) => ({ ...call, credentials: "other" }));
  const refused = [
    run,
    { ...run, args: ["a", 1] },
    { ...run, cwd: 7 },
    { ...run, prompt: "Say nothing." },
    { ...run, account_id: "me" },
  ];
  const creates = [...refused, ...refused].map((json): ApiCall => ({
    ...{ operation: "createSandbox", json, refusable: true },
    ...(json === run ? { credentials: "none" as const } : {}),
  }));
  return [
    ...all,
    { operation: "updateSandboxSnapshot", ...broken },
    ...(others.length < 2 || own === "" ? [] : [...foreign, ...asOther]),
    ...creates,
    { operation: "listTaskRuns" },
  ];
}

/** Sandboxes and runs of each account, asked for by their ids as though they were another's. */
function lookingAcross(accounts: readonly Account[]): readonly ApiCall[] {
  return accounts.flatMap(({ sandboxes, runs, ...of }) =>
    accounts.flatMap(({ id, by }): readonly ApiCall[] => {
      const credentials = by === "own" ? "own" : "other";
      if (id === of.id) return [];
      return [
        ...sandboxes.map(
          (sandbox_id) => ({ operation: "listSandboxes", query: { sandbox_id, account_id: id }, credentials }) as const,
        ),
        ...runs.map((runId) => ({ operation: "listTaskRuns", query: { runId, account_id: id }, credentials }) as const),
      ];
    }),
  );
}

function runsIn(exchange: Exchange | undefined): readonly string[] {
  const json = exchange?.response.json;
  const runs = isObject(json) && Array.isArray(json["runs"]) ? json["runs"].filter(isObject) : [];
  return runs.map(({ id }) => String(id));
}

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
  // What is asked for by its id is told no account.
  if (isOther && (call.query?.["sandbox_id"] ?? call.query?.["runId"]) !== undefined) return call;
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
