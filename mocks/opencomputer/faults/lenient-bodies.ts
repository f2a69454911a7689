import type { Fault } from "../../kit/fault.ts";
import { acceptBodies, readMembers } from "../../kit/faults/accept-bodies.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";
import { isPresentableToken } from "../preview-token.ts";

export const negativeTimeoutAccepted: Fault<OpenComputerParts> = {
  id: "negative-timeout-accepted",
  alias: "B1",
  contract: "opencomputer",
  summary: "accepts a create with a negative timeout, as if it were 0",
  shows: "create with the timeout -1",
  wrap: (parts, { fires }) =>
    acceptBodies(parts, fires, "createSandbox", (text) => {
      const { timeout, ...rest } = readMembers(text);
      if (!Number.isInteger(timeout) || (timeout as number) >= 0) return undefined;
      const body = { ...rest, timeout: 0 };
      return { judged: body, taken: body };
    }),
};

const [cpuCountMax, memoryMBMax, tagLengthMax] = [4, 16_384, 256];

export const valuesAreClamped: Fault<OpenComputerParts> = {
  id: "out-of-range-clamped",
  alias: "B2",
  contract: "opencomputer",
  summary: "cuts a size that is too large, or a tag that is too long, down to its limit and reports success",
  shows: "replace the tags by one of 257 characters, read them",
  wrap: (parts, { fires }) =>
    acceptBodies(
      acceptBodies(parts, fires, "createSandbox", (text) => {
        const body = readMembers(text);
        const size = { ...clamp(body, "cpuCount", cpuCountMax), ...clamp(body, "memoryMB", memoryMBMax) };
        const clamped = { ...body, ...size };
        return Object.keys(size).length === 0 ? undefined : { judged: clamped, taken: clamped };
      }),
      fires,
      "replaceSandboxTags",
      (text) => {
        const tags = Object.entries(readMembers(text));
        const isTooLong = (value: unknown) => typeof value === "string" && value.length > tagLengthMax;
        if (!tags.some(([, value]) => isTooLong(value))) return undefined;
        const cut = tags.map(([key, value]) => [
          key,
          isTooLong(value) ? (value as string).slice(0, tagLengthMax) : value,
        ]);
        const body: unknown = Object.fromEntries(cut);
        return { judged: body, taken: body };
      },
    ),
};

function clamp(body: Readonly<Record<string, unknown>>, name: string, max: number): Record<string, number> {
  const value = body[name];
  return Number.isInteger(value) && (value as number) > max ? { [name]: max } : {};
}

export const portRangeIsOffByOne: Fault<OpenComputerParts> = {
  id: "preview-port-out-of-range-accepted",
  alias: "B7",
  contract: "opencomputer",
  summary: "accepts a preview of port 0 or 65536",
  shows: "create, create a preview of port 65536",
  wrap: (parts, { fires }) =>
    acceptBodies(parts, fires, "createPreview", (text) => {
      const body = readMembers(text);
      const { port } = body;
      return port === 0 || port === 65_536 ? { judged: { ...body, port: 1 }, taken: body } : undefined;
    }),
};

const acceptedCharacters = 15;
const isShortToken = (token: string) => [...token].length === acceptedCharacters && isPresentableToken(token);

export const shortTokenAccepted: Fault<OpenComputerParts> = {
  id: "preview-short-token-accepted",
  alias: "F6",
  contract: "opencomputer",
  summary: "accepts a preview token of 15 characters",
  shows: "create with a token of one's own that has 15 characters",
  wrap: (parts, { fires }) => {
    const accepting = acceptBodies(parts, fires, "createSandbox", (text) => {
      const body = readMembers(text);
      const { previewAuth } = body as { previewAuth?: { token?: unknown } | null };
      const token = previewAuth?.token;
      if (typeof token !== "string" || !isShortToken(token)) return undefined;
      return { judged: { ...body, previewAuth: { ...previewAuth, token: `${token}x` } }, taken: body };
    });
    // A short token gets this far only where the body was accepted for it.
    return alterParts(accepting, fires, ["createSandbox"], (whole) => ({
      ...whole,
      acceptsToken: (token) => whole.acceptsToken(token) || isShortToken(token),
    }));
  },
};
