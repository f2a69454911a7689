import { hash } from "node:crypto";
import type { Answer } from "../../kit/exchange.ts";
import { acceptBodies, readMembers } from "../../kit/faults/accept-bodies.ts";
import { alterParts, wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { always, type Differ } from "../../kit/profile.ts";
import { rewriteBody } from "../../kit/rewrite-body.ts";
import type { World } from "../../kit/world.ts";
import type { OpenComputerParts } from "../parts.ts";
import { isPresentableToken } from "../preview-token.ts";

type Difference = Differ<OpenComputerParts>;

/** The refusal of `previewAuth` is found at once and given late. One of its type comes early here, too. */
export const refusedCreateLeavesOne: Differ<OpenComputerParts> = (parts) =>
  wrapHandlers(
    {
      ...parts,
      readBody: (exchange) => {
        const read = parts.readBody(exchange);
        if (exchange.operation.id !== "createSandbox" || !("refusal" in read) || !isOfAuth(read.refusal)) return read;
        const { previewAuth: _auth, ...rest } = readMembers(exchange.request.body);
        const request = { ...exchange.request, body: JSON.stringify(rest) };
        const other = parts.readBody({ ...exchange, request });
        return "refusal" in other ? other : { value: other.value, late: read.refusal };
      },
    },
    ["createSandbox"],
    (inner) => async (call, whole) => {
      const { previewAuth: _auth, ...rest } = call.body as { readonly previewAuth?: unknown };
      const refusal = call.late ?? (await inner(call, whole));
      if (!isOfAuth(refusal)) return refusal;
      const left = await inner({ ...call, body: rest }, whole);
      return left.status === 201 ? refusal : left;
    },
  );

const isOfAuth = ({ status, reason }: Answer) => status === 400 && reason?.rule.startsWith("preview-auth") === true;

/** Neither the gate nor the timeout reaches a sandbox that is forked. */
export const imageLosesGate: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], ({ previewAuth, ...rest }) =>
    isForked(rest) && typeof previewAuth === "object" ? rest : undefined,
  );

export const imageLosesTimeout: Difference = (parts) =>
  rewriteBody(parts, ["createSandbox"], (body) =>
    isForked(body) && Number.isInteger(body["timeout"] ?? 0) ? { ...body, timeout: 0 } : undefined,
  );

const isForked = ({ image, snapshot }: Readonly<Record<string, unknown>>) => image !== undefined || Boolean(snapshot);

const tokenBytesMin = 16;
const isLongInBytes = (token: string) => Buffer.byteLength(token) >= tokenBytesMin;

export const tokenInBytes: Difference = (parts) => {
  const accepting = acceptBodies(parts, always, "createSandbox", (text) => {
    const body = readMembers(text);
    const { previewAuth } = body as { previewAuth?: { token?: unknown } | null };
    const token = previewAuth?.token;
    if (typeof token !== "string" || !isLongInBytes(token)) return undefined;
    return {
      judged: { ...body, previewAuth: { ...previewAuth, token: token.padEnd(tokenBytesMin, "x") } },
      taken: body,
    };
  });
  return {
    ...accepting,
    acceptsToken: (token) => parts.acceptsToken(token) || (isLongInBytes(token) && isPresentableToken(token)),
  };
};

export const tokenIsKeptUntrimmed: Difference = (parts) => ({
  ...parts,
  acceptsToken: (token) => parts.acceptsToken(token) || (!isPresentableToken(token) && isLongInBytes(token)),
});

/** It opens nothing here. Drawn anew at each reading, as the vendor does, it would change what is drawn later. */
const tokenOf = ({ seed }: World, id: string) => hash("sha256", `${seed} ${id}`, "base64url");

export const tokenMember: Difference = (parts) =>
  wrapHandlers(
    alterParts(parts, always, ["getSandbox", "listSandboxes"], (whole, _, { world }) => ({
      ...whole,
      viewSandbox: (...args) => {
        const view = whole.viewSandbox(...args);
        return view.status === "hibernated" ? view : { ...view, token: tokenOf(world, view.sandboxID) };
      },
    })),
    ["createSandbox"],
    (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.status !== 201) return answer;
      const created = answer.json as { readonly sandboxID: string };
      return { ...answer, json: { ...created, token: tokenOf(call.world, created.sandboxID) } };
    },
  );
