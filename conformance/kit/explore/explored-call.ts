import type { Operation } from "../../../src/contract/operation.ts";
import { plainValue } from "../input/valid-value.ts";
import type { RunContract } from "../law/contract.ts";
import { isObject, requestBodySchema, resolveSchema } from "../law/schema.ts";
import type { ApiCall } from "../law/call.ts";
import type { PreviewCall } from "../law/call.ts";
import { valueClasses } from "./value-classes.ts";

/** A request to a port; by an upgrade it asks for a WebSocket. */
export type Visit = Omit<PreviewCall, "id"> & { readonly isUpgrade?: boolean };

/** A request of one class, for whichever sandbox: one column of the table that is explored. */
export type ExploredCall = {
  /** "setSandboxTimeout, timeout: maximum": the same for good, since coverage is told in these. */
  readonly name: string;
  readonly operation: string;
  /** `plain`: an operation as it is usually sent. `valid`: of another class that the contract allows. `broken`: of one that it does not. `stranger`: with the wrong key, or none. */
  readonly kind: "plain" | "valid" | "broken" | "stranger" | "visit";
  /** Whether it is paired with all others of which this is said. */
  readonly isPlain: boolean;
  readonly call: Omit<ApiCall, "operation"> | Visit;
};

/** All classes of requests of the operations that act on what is explored: from the document, and beside it. */
export function exploredCalls(
  contract: RunContract,
  {
    operations,
    isOfSubject,
    more = [],
    sparse = [],
  }: {
    readonly operations: readonly string[];
    readonly isOfSubject: (operation: Operation) => boolean;
    readonly more?: readonly ExploredCall[];
    readonly sparse?: readonly string[];
  },
): readonly ExploredCall[] {
  return [
    ...contract.operations
      .filter((operation) => operations.includes(operation.id) && isOfSubject(operation))
      .flatMap((operation) => callsOf(contract, operation))
      .filter(({ operation, kind }) => kind !== "valid" || !sparse.includes(operation)),
    ...more,
  ].map((call) => (sparse.includes(call.operation) ? { ...call, isPlain: false } : call));
}

function callsOf(contract: RunContract, operation: Operation): readonly ExploredCall[] {
  const { id, method } = operation;
  const path = plainPath(contract, operation);
  const body = requestBodySchema(contract.document, operation);
  const json = body === undefined ? undefined : plainValue(contract.document, body.schema);
  const plain = { path, ...(json === undefined ? {} : { json }) };
  const as = (kind: ExploredCall["kind"], name: string, call: ExploredCall["call"]): ExploredCall => {
    const isPlain = method !== "get" && (kind === "plain" || name === emptyObject);
    return { name: name === "" ? id : `${id}, ${name}`, operation: id, kind, isPlain, call };
  };
  return [
    as("plain", "", plain),
    as("stranger", "without a key", { ...plain, credentials: "none" }),
    as("stranger", otherTenant, { ...plain, credentials: "other" }),
    ...pathCalls(contract, operation).map(({ name, value, isValid }) =>
      as(isValid ? "valid" : "broken", name, { ...plain, path: value }),
    ),
    ...(method === "get" ? [] : body === undefined ? ignoredBodies : bodyCalls(contract, operation)).map(
      ({ name, isValid, ...call }) => as(isValid ? "valid" : "broken", name, { path, ...call }),
    ),
  ].filter((each, index, all) => all.findIndex(({ name }) => name === each.name) === index);
}

type Sent = Pick<ApiCall, "json" | "text" | "headers">;
type BodyClass = Sent & { readonly name: string; readonly isValid: boolean };

const otherTenant = "by another tenant";
/** As the classes of values name it: for a map, the last entry goes with it. */
const emptyObject = "empty object";

/** An operation that reads no body takes none of it for anything. */
const ignoredBodies: readonly BodyClass[] = [
  {
    name: "an object that it does not read",
    isValid: true,
    json: { timeout: 1, token: "a-token-of-the-caller", status: "stopped" },
  },
  { name: "an empty object that it does not read", isValid: true, json: {} },
];

function bodyCalls(contract: RunContract, operation: Operation): readonly BodyClass[] {
  const { document, requestBodies } = contract;
  const body = requestBodySchema(document, operation)!;
  const validate = requestBodies[operation.id] ?? (() => true);
  const plain = plainValue(document, body.schema);
  return [
    { name: "no body", isValid: !body.required },
    ...valueClasses(document, body.schema).map(({ name, value }) => ({ name, isValid: validate(value), json: value })),
    { name: "a body that is cut off", isValid: false, text: JSON.stringify(plain).slice(0, -1) },
    { name: "two objects", isValid: false, text: `${JSON.stringify(plain)}{}` },
    {
      name: "JSON in another charset's words",
      isValid: true,
      json: plain,
      headers: { "content-type": "application/json; charset=utf-8" },
    },
    { name: "JSON that is declared as text", isValid: false, json: plain, headers: { "content-type": "text/plain" } },
  ];
}

/** The values in a path beside the sandbox's id. */
function plainPath(contract: RunContract, operation: Operation): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pathParameters(contract, operation).map(({ name, schema }) => [
      name,
      String(plainValue(contract.document, schema)),
    ]),
  );
}

function pathCalls(contract: RunContract, operation: Operation) {
  const plain = plainPath(contract, operation);
  return pathParameters(contract, operation).flatMap(({ name, schema }) => {
    const bounds = valueClasses(contract.document, schema).flatMap(({ value }) =>
      typeof value === "number" && Math.abs(value) < 1e6 ? [String(value)] : [],
    );
    const { minimum, maximum } = resolveSchema(contract.document, schema);
    const isValid = (text: string) =>
      /^[1-9]\d*$/.test(text) && Number(text) >= Number(minimum ?? 0) && Number(text) <= Number(maximum ?? Infinity);
    const usual = plain[name]!;
    const odd = [
      `0${usual}`,
      `+${usual}`,
      `${usual}.0`,
      `${usual}abc`,
      `${usual}e0`,
      ` ${usual}`,
      "0x1f",
      "-1",
      "port",
      "99999999999999999999",
    ];
    return [...new Set([...bounds, ...odd])]
      .filter((value) => value !== usual)
      .map((value) => ({
        name: `${name} ${JSON.stringify(value)}`,
        value: { ...plain, [name]: value },
        isValid: isValid(value),
      }));
  });
}

function pathParameters({ document }: RunContract, { path, method }: Operation) {
  const item = isObject(document["paths"]) ? document["paths"][path] : undefined;
  const operation = isObject(item) ? item[method] : undefined;
  const all = [item, operation].flatMap((owner) =>
    isObject(owner) && Array.isArray(owner["parameters"]) ? (owner["parameters"] as unknown[]) : [],
  );
  return all
    .map((parameter) => resolveSchema(document, parameter))
    .filter(({ in: place, name }) => place === "path" && name !== "id")
    .map(({ name, schema }) => ({ name: String(name), schema }));
}

/** A usual request of an operation with this body. */
export function plainCall(operation: string, call: Pick<ApiCall, "json" | "query">, isPlain = false): ExploredCall {
  return { name: `${operation}, ${JSON.stringify(call.json ?? call.query)}`, operation, kind: "plain", isPlain, call };
}
