import type { Breach } from "../../kit/law/case.ts";
import type { ApiCall, Credentials } from "../../kit/law/call.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { sendCreate } from "../attempt.ts";
import { kill } from "../calls.ts";
import { answered, entriesOf, membersOf } from "../readings.ts";
import { makeCheckpoint, nameNow } from "./inside.ts";

const tenants = "#/info/description";
const asRefused = { timeout: 60 };

/** A kind of thing that an organisation names: each has names of its own. */
type NamedKind = {
  readonly slug: string;
  readonly what: string;
  readonly create: "createSecretStore" | "createSnapshot";
  readonly list: "listSecretStores" | "listSnapshots";
  readonly get: "getSecretStore" | "getSnapshot";
  readonly end: "deleteSecretStore" | "deleteSnapshot";
  readonly json: (name: string) => object;
  /** How a path names it. */
  readonly pathOf: (made: Exchange) => Readonly<Record<string, string>>;
  /** The member of a create that names one of them. */
  readonly member: "secretStore" | "snapshot";
};

const kinds: readonly NamedKind[] = [
  {
    ...{ slug: "secret-store", what: "secret store", member: "secretStore" },
    ...{ create: "createSecretStore", list: "listSecretStores", get: "getSecretStore", end: "deleteSecretStore" },
    json: (name) => ({ name }),
    pathOf: (made) => ({ storeId: String(membersOf(made)["id"]) }),
  },
  {
    ...{ slug: "snapshot", what: "snapshot", member: "snapshot" },
    ...{ create: "createSnapshot", list: "listSnapshots", get: "getSnapshot", end: "deleteSnapshot" },
    json: (name) => ({ name, image: {} }),
    pathOf: (made) => ({ name: String(membersOf(made)["name"]) }),
  },
];

/** What two organisations have under one name stays apart, and what one organisation named is of no use to another. */
export const namesakeLaws: readonly Law[] = kinds.flatMap((kind) => [apartLaw(kind), foreignNameLaw(kind)]);

/** Each organisation makes one under the same name; the second one's is listed, read and deleted beside the first one's. */
function apartLaw(kind: NamedKind): Law {
  const { slug, what, create, list, get, end, json, pathOf } = kind;
  return {
    id: `opencomputer/${slug}/namesakes-apart`,
    requirement: "MUST",
    statement: `keep a ${what} apart from what another organisation has under its name: listed, read and deleted`,
    source: tenants,
    operations: [create, list, get, end],
    needs: ["memory", "second-key"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const name = nameNow(run);
      const send = (operation: string, credentials: Credentials, path = {}) =>
        run.send({ operation, credentials, path });
      const make = (credentials: Credentials) => run.send({ operation: create, json: json(name), credentials });
      const own = await make("own");
      needsSuccess(own);
      const theirs = await make("other");
      try {
        if (!isSuccess(theirs)) {
          const { status } = theirs.response;
          needs([400, 409].includes(status), `a ${what} of another organisation`);
          return { reason: `${answered(theirs)} for a name that another organisation uses`, exchange: theirs };
        }
        const [mine, others] = [own, theirs].map(idOf);
        needs(mine !== undefined && others !== undefined, "two ids");
        const look = async (credentials: Credentials, id: string, foreign: string) =>
          judgeLook(kind, { id, foreign, listed: await send(list, credentials), name }) ??
          judgeRead(await send(get, credentials, pathOf(credentials === "own" ? own : theirs)), id);
        const breach = (await look("own", mine, others)) ?? (await look("other", others, mine));
        if (breach !== undefined) return breach;
        needsSuccess(await send(end, "other", pathOf(theirs)));
        const exchange = await send(get, "own", pathOf(own));
        if (isSuccess(exchange)) return judgeRead(exchange, mine);
        return {
          reason: `once another organisation deleted its ${what} of that name, ${answered(exchange)}`,
          exchange,
        };
      } finally {
        await send(end, "own", pathOf(own));
        if (isSuccess(theirs)) await send(end, "other", pathOf(theirs));
      }
    },
  };
}

/** Makes sandboxes, and a fork, with what another organisation has under a name. */
function foreignNameLaw({ slug, what, create, end, json, pathOf, member }: NamedKind): Law {
  const forks = member === "secretStore";
  return {
    id: `opencomputer/create/foreign-${slug}`,
    requirement: "MUST",
    statement: `make no sandbox with a ${what} that another organisation has under that name`,
    source: `#/components/schemas/CreateSandboxRequest/properties/${member}`,
    operations: ["createSandbox", create, ...(forks ? ["forkCheckpoint"] : [])],
    needs: ["memory", "second-key"],
    sandboxes: { ...noSandboxes, refused: 1 + Number(forks), shared: Number(forks) },
    check: async (run) => {
      const name = nameNow(run);
      const theirs = await run.send({ operation: create, json: json(name), credentials: "other" });
      needsSuccess(theirs);
      const body = { ...asRefused, [member]: name };
      try {
        const exchange = await sendCreate(run, { json: body, refusable: true });
        return (await judgeMade(run, what, exchange)) ?? (forks ? await forkWith(run, what, body) : undefined);
      } finally {
        await run.send({ operation: end, path: pathOf(theirs), credentials: "other" });
      }
    },
  };
}

async function forkWith(run: LawRun, what: string, json: object): Promise<Breach | undefined> {
  const id = await run.sharedSandbox();
  const checkpointId = await makeCheckpoint(run, id);
  try {
    const fork = { operation: "forkCheckpoint", path: { checkpointId }, json, refusable: true };
    return await judgeMade(run, what, await run.send(fork));
  } finally {
    await run.send({ operation: "deleteCheckpoint", path: { id, checkpointId } });
  }
}

/** Ends what was made. */
async function judgeMade(run: LawRun, what: string, exchange: Exchange): Promise<Breach | undefined> {
  const { sandboxID } = membersOf(exchange);
  if (!isSuccess(exchange) || typeof sandboxID !== "string") return undefined;
  await kill(run, sandboxID);
  return { reason: `${answered(exchange)} with the ${what} of another organisation`, exchange };
}

function idOf(exchange: Exchange): string | undefined {
  const { id } = membersOf(exchange);
  return typeof id === "string" && id !== "" ? id : undefined;
}

function judgeLook(
  { what }: NamedKind,
  {
    id,
    foreign,
    listed,
    name,
  }: { readonly id: string; readonly foreign: string; readonly listed: Exchange; readonly name: string },
): Breach | undefined {
  needsSuccess(listed);
  const ids = entriesOf(listed).map((entry) => entry["id"]);
  if (ids.includes(foreign)) return { reason: `the list holds another organisation's ${what}`, exchange: listed };
  const named = entriesOf(listed).filter((entry) => entry["name"] === name);
  if (named.length === 1 && ids.includes(id)) return undefined;
  return {
    reason: `the list holds ${named.length} of the name, not the one ${what} of the caller's`,
    exchange: listed,
  };
}

function judgeRead(exchange: Exchange, id: string): Breach | undefined {
  needsSuccess(exchange);
  if (idOf(exchange) === id) return undefined;
  return { reason: `${answered(exchange)} with ${String(idOf(exchange))}, not with ${id}`, exchange };
}

/** What is said of who asks, and of the request itself. */
export const callerLaws: readonly Law[] = [
  {
    id: "opencomputer/whoami/each-caller",
    requirement: "MUST",
    statement: "tell each caller of an organisation of its own, right after another one asked",
    source: "#/components/schemas/Caller/properties/org_id",
    operations: ["whoami"],
    needs: ["memory", "second-key"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const asked: Exchange[] = [];
      for (const credentials of ["own", "other", "own", "other"] as const) {
        asked.push(await run.send({ operation: "whoami", credentials }));
      }
      asked.forEach(needsSuccess);
      const [own, other, ownAgain, otherAgain] = asked.map((exchange) => membersOf(exchange)["org_id"]);
      needs(own !== undefined, "an org_id");
      if (own === other) return { reason: "two organisations are told the same org_id", exchange: asked[1]! };
      const changed = own !== ownAgain ? asked[2] : other !== otherAgain ? asked[3] : undefined;
      return changed && { reason: "one caller is told of two organisations", exchange: changed };
    },
  },
  {
    id: "opencomputer/refusals/request-id",
    requirement: "MAY",
    statement: "answer a request that it refuses with the X-Request-Id that the caller sent, where it answers one",
    source: "#/components/headers/RequestId",
    operations: ["getSandbox", "listSandboxes", "killSandbox", "setSandboxTimeout"],
    needs: ["memory"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const id = nameNow(run);
      const absent = { path: { id: run.absentId() } };
      const calls: readonly ApiCall[] = [
        { operation: "getSandbox", ...absent },
        { operation: "listSandboxes", credentials: "none" },
        { operation: "killSandbox", ...absent, credentials: { key: run.unknownKey() } },
        { operation: "setSandboxTimeout", ...absent, json: { timeout: -1 } },
      ];
      const answers = await run.beside(
        calls.map((call) => () => run.send({ ...call, headers: { "x-request-id": id } })),
        { isAtFirst: true },
      );
      const refused = answers.filter((exchange) => !isSuccess(exchange));
      needs(refused.length > 0, "a refusal");
      const told = (exchange: Exchange) => exchange.response.headers["x-request-id"];
      const exchange = refused.find((each) => ![undefined, id].includes(told(each)));
      return exchange && { reason: `${answered(exchange)} with another X-Request-Id than the caller's`, exchange };
    },
  },
];
