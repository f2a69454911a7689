import { acceptBodies, readMembers } from "../../kit/faults/accept-bodies.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { always, type Differ } from "../../kit/profile.ts";
import { rewriteBody } from "../../kit/rewrite-body.ts";
import { refuse } from "../answers.ts";
import type { OpenComputerParts } from "../parts.ts";

type Difference = Differ<OpenComputerParts>;
type Body = Readonly<Record<string, unknown>>;

const maps: readonly string[] = ["envs", "metadata"];

/** As Go reads JSON: `null` leaves what it stands for at its zero. */
export const nullIsLeftOut: Difference = (parts) => {
  const creating = rewriteBody(parts, ["createSandbox", "createPreview"], (body) => {
    const members = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
      if (value === null) return name === "image" ? [[name, {}]] : name === "authConfig" ? [[name, value]] : [];
      if (maps.includes(name)) return [[name, withoutNulls(value, () => "")]];
      return [[name, name === "previewAuth" ? withoutNulls(value, () => undefined) : value]];
    });
    return Object.fromEntries(members);
  });
  return rewriteBody(creating, ["replaceSandboxTags", "setSandboxTimeout"], (body) =>
    withoutNulls(body, () => ("timeout" in body ? undefined : "")),
  );
};

function withoutNulls(value: unknown, replacement: () => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [name, member === null ? replacement() : member]),
  );
}

export const zeroSizeIsLeftOut: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], (body) => without(body, (name, value) => sizes.has(name) && value === 0));

const sizes: ReadonlySet<string> = new Set(["cpuCount", "memoryMB"]);

export const emptySchemeIsBearer: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], ({ previewAuth, ...rest }) => {
    if (!isObject(previewAuth) || previewAuth["scheme"] !== "") return undefined;
    return { ...rest, previewAuth: { ...previewAuth, scheme: "bearer" } };
  });

const integers: ReadonlySet<string> = new Set(["timeout", "cpuCount", "memoryMB", "diskMB", "port"]);

export const wholeFractionIsRefused: Difference = (parts) => ({
  ...parts,
  readBody: (exchange) => {
    const read = parts.readBody(exchange);
    const found = "value" in read && read.value !== undefined ? findFraction(exchange.request.body) : undefined;
    if (found === undefined || exchange.operation.id === "replaceSandboxTags") return read;
    const text = `Unmarshal type error: expected=int, got=number ${found.source}, field=${found.field}`;
    const message = "write the number with digits alone";
    return {
      refusal: refuse(400, `invalid request body: code=400, message=${text}`, {
        rule: "body-type",
        message,
        pointer: `/${found.field}`,
      }),
    };
  },
});

/** The first number of an integer member that is written with more than digits. */
function findFraction(text: string): { readonly field: string; readonly source: string } | undefined {
  let found: { field: string; source: string } | undefined;
  const reviver = (field: string, value: unknown, { source = "" }: { source?: string } = {}) => {
    if (typeof value === "number" && integers.has(field) && /[.eE]/.test(source)) found ??= { field, source };
    return value;
  };
  if (text !== "" && /[.eE]/.test(text)) JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
  return found;
}

export const negativeTimeoutIsNever: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], (body) =>
    Number.isInteger(body["timeout"]) && (body["timeout"] as number) < 0 ? { ...body, timeout: 0 } : undefined,
  );

export const missingTimeoutIsNever: Difference = (parts) => ({
  ...parts,
  readBody: (exchange) => {
    const { operation, request } = exchange;
    const isMissing =
      operation.id === "setSandboxTimeout" && (request.body === "" || isEmpty(readMembers(request.body), request.body));
    return isMissing ? { value: { timeout: 0 } } : parts.readBody(exchange);
  },
});

const isEmpty = (body: Body, text: string) => /^\s*\{/.test(text) && body["timeout"] === undefined;

/** What a paused sandbox does: its wake looks at nothing and tells little. */
export const wakeBodyIsIgnored: Difference = (parts) =>
  wrapHandlers(
    {
      ...parts,
      readBody: (exchange) => (exchange.operation.id === "wakeSandbox" ? { value: {} } : parts.readBody(exchange)),
    },
    ["wakeSandbox"],
    (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.status !== 200) return answer;
      const { sandboxID, status } = answer.json as { sandboxID: string; status: string };
      return { ...answer, json: { sandboxID, status } };
    },
  );

export const anyAuthConfig: Difference = (parts) =>
  acceptBodies(parts, always, "createPreview", (text) => {
    const body = readMembers(text);
    const { authConfig, ...judged } = body;
    return authConfig === undefined ? undefined : { judged, taken: body };
  });

export const anyContentType: Difference = (parts) => ({
  ...parts,
  readBody: (exchange) => {
    const { operation, request } = exchange;
    if (operation.id !== "createSandbox") return parts.readBody(exchange);
    const header = (name: string) => (name === "content-type" ? "application/json" : request.header(name));
    return parts.readBody({ ...exchange, request: { ...request, header } });
  },
});

export const coresAloneAreIgnored: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], ({ cpuCount, ...rest }) =>
    Number.isInteger(cpuCount) && rest["memoryMB"] === undefined ? rest : undefined,
  );

// A sandbox that stands ready is of the usual size and has nothing of its own.
const slowMembers: readonly string[] = ["cpuCount", "memoryMB", "diskMB", "image", "snapshot", "templateID", "burst"];

export const fastPathJudgesLittle: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], (body) => {
    if (slowMembers.some((name) => body[name] !== undefined)) return undefined;
    return without(
      body,
      (name, value) => (name === "timeout" && typeof value !== "number") || (maps.includes(name) && !isObject(value)),
    );
  });

function without(body: Body, isLeftOut: (name: string, value: unknown) => boolean): Body | undefined {
  const kept = Object.entries(body).filter(([name, value]) => !isLeftOut(name, value));
  return kept.length === Object.keys(body).length ? undefined : Object.fromEntries(kept);
}

function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
