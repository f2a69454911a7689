import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../../generated/opencomputer/operations.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import { brokenValues } from "../../kit/input/broken-value.ts";
import { isDocumentedRefusal } from "../../kit/law/answer.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { Breach } from "../../kit/law/case.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { judgeSuccess } from "../../kit/law/families/answer-shape.ts";
import { bodySites } from "../../kit/law/families/broken-input.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import { TransientFailure } from "../../kit/law/unjudged.ts";
import { groupOf, slugs } from "../operations.ts";
import { needs } from "../../kit/law/precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { keysElsewhere } from "./credentials.ts";
import { nameNow } from "./inside.ts";
import { plainBody, plainCall, undefinedIfNotSent } from "../plain-call.ts";
import type { Named } from "../plain-call.ts";

type Group = ReturnType<typeof groupOf>;
/** A request, and whether what it is about is documented nowhere by the vendor: then its answer is judged by its form alone. */
type Asked = Omit<ApiCall, "operation"> & { readonly isObserved?: boolean };

/** A rule that each operation is held to, one by one. */
type Rule = Pick<Law, "requirement"> & {
  readonly rule: string;
  readonly statement: (what: string) => string;
  readonly needs?: Law["needs"];
  /** The answer by which the rule is documented. */
  readonly status?: string;
  /** Whether one operation of each kind is enough. */
  readonly isOfEachTag?: boolean;
  /** Whether it is about something that there is. A change is made to a sandbox of the law's own, one after the other. */
  readonly about?: "own" | "own to change";
  /** What is asked of an operation, about what is the run's own. */
  readonly calls: (operation: Operation, own: Named, run: LawRun) => readonly Asked[];
  /** What is wrong with an answer; null where it says nothing about the rule. */
  readonly judge: (exchange: Exchange, run: LawRun) => string | undefined | null;
};

/** What a run keeps of its own beside sandboxes: the parameter that names it, and what takes it away. */
const records: Readonly<Record<string, { readonly parameter: string; readonly member: string; readonly end: string }>> =
  {
    createSecretStore: { parameter: "storeId", member: "id", end: "deleteSecretStore" },
    createWebhook: { parameter: "webhookId", member: "id", end: "deleteWebhook" },
    createSnapshot: { parameter: "name", member: "name", end: "deleteSnapshot" },
    createCheckpoint: { parameter: "checkpointId", member: "id", end: "deleteCheckpoint" },
  };

/** By the first of them a target is known to have such operations; what else it lacks is passed over. */
const groups = {
  inside: { first: "runCommand", what: "in a sandbox" },
  record: { first: "listSecretStores", what: "with webhooks and secret stores" },
  account: { first: "whoami", what: "with what else an account has" },
} as const;

const stranger = {
  requirement: "MUST",
  status: "401",
  judge: (exchange) => {
    if (isSuccess(exchange)) return `${answered(exchange)} to a stranger`;
    return [401, 403].includes(exchange.response.status) ? undefined : null;
  },
} satisfies Partial<Rule>;

const refused = {
  requirement: "SHOULD",
  judge: (exchange, { contract }) =>
    isDocumentedRefusal(contract, exchange) ? undefined : `${answered(exchange)}, not refused with a documented 4xx`,
} satisfies Partial<Rule>;

/** Whether the target may lack the operation. */
const isMissing = ({ response }: Exchange) => [404, 405, 501].includes(response.status);

const rules: readonly Rule[] = [
  {
    ...stranger,
    rule: "credentials-none",
    statement: (what) => `do nothing ${what} for a caller without a key`,
    calls: (operation, own, run) => [{ ...plainCall(operation, own, run), credentials: "none" }],
  },
  {
    ...stranger,
    rule: "unknown-key",
    statement: (what) => `do nothing ${what} for a caller with an unknown key`,
    isOfEachTag: true,
    calls: (operation, own, run) => [{ ...plainCall(operation, own, run), credentials: { key: run.unknownKey() } }],
  },
  {
    ...stranger,
    rule: "key-elsewhere",
    statement: (what) => `do nothing ${what} for a right key in another header than X-API-Key`,
    isOfEachTag: true,
    calls: (operation, own, run) =>
      keysElsewhere(run.unknownKey()).map(({ what: _, ...wrong }) => ({ ...plainCall(operation, own, run), ...wrong })),
  },
  {
    ...stranger,
    rule: "other-organisation",
    statement: (what) => `do nothing ${what} for another organisation than the one that has them`,
    about: "own",
    needs: ["memory", "second-key"],
    calls: (operation, own, run) =>
      pathNames(operation).some((name) => name in own)
        ? [{ ...plainCall(operation, own, run), credentials: "other" }]
        : [],
    judge: (exchange) => (isSuccess(exchange) ? `${answered(exchange)} to another organisation's key` : undefined),
  },
  {
    ...refused,
    rule: "absent-id",
    about: "own",
    statement: (what) => `refuse to do anything ${what} by an id that nothing has, with a documented 4xx`,
    calls: (operation, own, run) => {
      const names = pathNames(operation);
      const isPartly = names.some((name) => name in own) && names.some((name) => !(name in own));
      if (names.length === 0) return [];
      return [plainCall(operation, {}, run), ...(isPartly ? [plainCall(operation, own, run)] : [])];
    },
  },
  {
    ...refused,
    rule: "broken-input",
    about: "own",
    statement: (what) =>
      `refuse to do anything ${what} by a request that lacks what it needs or breaks its schema, with a documented 4xx`,
    calls: (operation, own, run) => {
      const call = plainCall(operation, own, run);
      const needed = operation.parameters.filter(({ required, in: place }) => required && place === "query");
      return [
        ...needed.map(({ name }) => ({ ...call, query: omit(call.query, name) })),
        ...brokenBodies(operation, run).map((broken) => ({ ...call, ...broken })),
      ];
    },
    judge: (exchange, run) => (isMissing(exchange) ? null : refused.judge(exchange, run)),
  },
  {
    rule: "reads",
    about: "own",
    requirement: "SHOULD",
    statement: (what) => `answer what only reads ${what} with the documented success`,
    calls: (operation, own, run) =>
      operation.method === "get" && operation.id !== "readFile" && pathNames(operation).every((name) => name in own)
        ? [plainCall(operation, own, run)]
        : [],
    judge: (exchange, run) => (isMissing(exchange) ? null : judgeSuccess(run, exchange)?.reason),
  },
  {
    rule: "writes",
    requirement: "SHOULD",
    statement: (what) => `answer a valid request that changes something ${what} with the documented success`,
    about: "own to change",
    calls: (operation, own, run) => {
      const isOfOwn = pathNames(operation).length > 0 && pathNames(operation).every((name) => name in own);
      const isEnd = Object.values(records).some(({ end }) => end === operation.id);
      return operation.method !== "get" && isOfOwn && !isEnd ? [plainCall(operation, own, run)] : [];
    },
    // What an account may not do, or not twice, says nothing of a valid request.
    judge: (exchange, run) =>
      isMissing(exchange) || [402, 403, 409].includes(exchange.response.status)
        ? null
        : judgeSuccess(run, exchange)?.reason,
  },
];

/**
 * The operations beside those on sandboxes themselves, by what they are about. An address that is signed needs no key, and a fork is
 * a create.
 */
const others = Map.groupBy(
  Object.values<Operation>(operations).filter(
    ({ id, security }) => !(id in slugs) && security.length > 0 && id !== "forkCheckpoint",
  ),
  groupOf,
);

/** What each operation is held to that is done in a sandbox, to its machine, with what is kept beside it, or with the account. */
export const eachOperation: readonly Law[] = [...others].flatMap(([group, all]) =>
  rules.map((rule) => eachLaw(rule, group, all)),
);

function eachLaw(rule: Rule, group: Group, all: readonly Operation[]): Law {
  const { first, what } = groups[group];
  const ofEachTag = [...Map.groupBy(all, ({ tags }) => tags.join()).values()].map(
    (ofTag) => ofTag.find(({ id }) => id === first) ?? ofTag.find(({ method }) => method === "get") ?? ofTag[0]!,
  );
  const isFresh = group === "inside" && rule.about === "own to change";
  const needsSandbox = group === "inside" || (group === "account" && rule.about !== undefined);
  return {
    id: `opencomputer/${group}/${rule.rule}`,
    requirement: rule.requirement,
    statement: rule.statement(what),
    source: operationPointer(operations[first], ...(rule.status === undefined ? [] : ["responses", rule.status])),
    operations: [first],
    needs: rule.needs ?? ["memory"],
    sandboxes: { ...noSandboxes, ...(isFresh ? { fresh: 1 } : needsSandbox && { shared: 1 }) },
    check: async (run) => {
      const made: ApiCall[] = [];
      try {
        const id = needsSandbox ? await (isFresh ? run.freshSandbox() : run.sharedSandbox()) : "";
        const own = group === "inside" ? { id } : rule.about ? await makeOwn(run, group, { id, made }) : {};
        return await askEach(run, rule.isOfEachTag ? ofEachTag : all, { rule, own, made });
      } finally {
        for (const end of made.reverse()) await run.send(end);
      }
    },
  };
}

/**
 * Asks all operations until an answer breaks the rule: what only reads comes first, so that a server that lets all in is found out by
 * what changes nothing. What seems to be made is entered in `made`.
 */
async function askEach(
  run: LawRun,
  asked: readonly Operation[],
  { rule, own, made }: { readonly rule: Rule; readonly own: Named; readonly made: ApiCall[] },
): Promise<Breach | undefined> {
  let judged = 0;
  const ask = async (operation: Operation, { isObserved = operation.evidence === "observed", ...call }: Asked) => {
    const sendsMax = rule.about === "own to change" ? 1 : refusedSendsMax;
    const exchange = await sendUpTo(sendsMax, () => run.send({ ...call, operation: operation.id }));
    if (exchange === undefined) return undefined;
    noteMade(call, exchange, made);
    const reason = rule.judge(exchange, run);
    if (reason !== null) judged += 1;
    const isBinding = rule.requirement === "MUST" || !isObserved;
    return typeof reason === "string" && isBinding ? { reason, exchange } : undefined;
  };
  for (const isReading of [true, false]) {
    const calls = asked
      .filter(({ method }) => (method === "get") === isReading)
      .flatMap((operation) => rule.calls(operation, own, run).map((call) => () => ask(operation, call)));
    const breaches = rule.about === "own to change" ? inOrder(calls) : run.beside(calls);
    const breach = (await breaches).find((each) => each !== undefined);
    if (breach !== undefined) return breach;
  }
  needs(judged > 0, "an operation to hold to it");
  return undefined;
}

/** So often is a request sent that is to change nothing, where a transient failure answers it: a hundred in a row would hardly pass. */
const refusedSendsMax = 4;

async function sendUpTo(sendsMax: number, send: () => Promise<Exchange>): Promise<Exchange | undefined> {
  try {
    return await send().catch(undefinedIfNotSent);
  } catch (error) {
    if (!(error instanceof TransientFailure) || sendsMax <= 1) throw error;
    return sendUpTo(sendsMax - 1, send);
  }
}

async function inOrder<Value>(calls: readonly (() => Promise<Value>)[]): Promise<readonly Value[]> {
  const results: Value[] = [];
  for (const call of calls) results.push(await call());
  return results;
}

/** Makes what a law has of its own, and enters in `made` what takes it away. */
async function makeOwn(
  run: LawRun,
  group: "record" | "account",
  { id, made }: { readonly id: string; readonly made: ApiCall[] },
): Promise<Named> {
  const name = nameNow(run);
  const creates: Readonly<Record<typeof group, readonly ApiCall[]>> = {
    record: [
      { operation: "createSecretStore", json: { name } },
      { operation: "createWebhook", json: { url: "https://sandglass.invalid/each", eventTypes: ["sandbox.migrated"] } },
    ],
    account: [
      { operation: "createSnapshot", json: { name, image: {} } },
      { operation: "createCheckpoint", path: { id }, json: { name } },
    ],
  };
  const own: Record<string, string> = group === "record" ? { secretName: "EACH" } : {};
  for (const call of creates[group]) Object.assign(own, noteMade(call, await run.send(call), made));
  return own;
}

/** Takes note of what takes away what was made, and gives its id by the parameter that names it. */
function noteMade({ path }: Pick<ApiCall, "path">, exchange: Exchange, made: ApiCall[]): Named {
  const record = records[exchange.operation];
  const id = record && membersOf(exchange)[record.member];
  if (record === undefined || !isSuccess(exchange) || typeof id !== "string") return {};
  const { parameter, end } = record;
  made.push({ operation: end, path: { ...path, [parameter]: id } });
  return { [parameter]: id };
}

/** A body for each rule of the schema, which breaks it. */
function brokenBodies(operation: Operation, { contract }: LawRun): readonly Pick<Asked, "json" | "isObserved">[] {
  const validate = contract.requestBodies[operation.id];
  if (validate === undefined) return [];
  const isValid = (value: unknown) => (value === null && !operation.requestBodyRequired) || validate(value);
  const base = plainBody(operation);
  return bodySites(document, operation).flatMap((site) => {
    const isObserved = [site.evidence, operation.evidence].includes("observed");
    const [broken] = brokenValues(document, { base, site, isValid }).each;
    return broken === undefined ? [] : [{ json: broken.value, isObserved }];
  });
}

function omit(query: ApiCall["query"], name: string): NonNullable<ApiCall["query"]> {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([each]) => each !== name));
}

function pathNames({ parameters }: Operation): readonly string[] {
  return parameters.filter(({ in: place }) => place === "path").map(({ name }) => name);
}
