import { createHash } from "node:crypto";
import { isObject } from "../law/schema.ts";
import type { JsonObject } from "../law/schema.ts";
import { parseJson } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { isCut } from "../law/exchange.ts";
import type { TrafficEntry } from "./traffic-entry.ts";
import type { Place } from "../law/law-outcome.ts";

/**
 * Reads one entry of an HTTP Archive as browsers and proxies write it. They differ in what they leave out: the body of an
 * answer, empty lists of headers, the status of a request that was cut off (0).
 *
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
export function readHarEntry(value: unknown, place: Place): TrafficEntry {
  if (!isObject(value) || !isObject(value["request"])) return broken(place, "it has no request");
  const { request, response, time } = value;
  const { method, url } = request;
  if (typeof method !== "string" || method === "") return broken(place, "its request has no method");
  if (typeof url !== "string" || !URL.canParse(url)) return broken(place, "its request has no URL that can be read");
  const startedAtMs = Date.parse(String(value["startedDateTime"]));
  if (Number.isNaN(startedAtMs)) return broken(place, "it does not say when it was sent");
  const sent = sentBody(request);
  const order = typeof value["_number"] === "number" ? { number: value["_number"] } : {};
  const said: Exchange["request"] = {
    ...{ method: method.toUpperCase(), url, headers: headersOf(request) },
    ...(sent.text === undefined ? {} : { body: sent.text }),
  };
  const status = isObject(response) ? Number(response["status"]) : 0;
  if (!isObject(response) || status === 0) return { place, ...order, kind: "unanswered", request: said, startedAtMs };
  if (!Number.isInteger(status) || status < 100 || status > 599) return broken(place, "its answer has no status");
  const { text, isWhole } = answeredBody(response);
  return {
    ...{ place, ...order, kind: "exchange", request: said, startedAtMs },
    ...(typeof value["_aheadMs"] === "number" ? { aheadMs: value["_aheadMs"] } : {}),
    durationMs: typeof time === "number" && time > 0 ? time : 0,
    response: { status, headers: headersOf(response), body: text, json: parseJson(text) },
    ...{ isRequestWhole: sent.isWhole, isAnswerWhole: isWhole },
  };
}

function broken(place: Place, reason: string): TrafficEntry {
  return { place, kind: "broken", reason };
}

/**
 * A secret that a run of ours has masked, as a value of the form that secrets have, the same wherever the mask is the same: 43
 * characters of base64url. Keys stay as they are, since callers are told apart by the names of their masks.
 */
function unmasked(text: string): string {
  if (!text.includes("$SANDGLASS_")) return text;
  return text.replaceAll(/\$SANDGLASS_(?!KEY|OTHER_KEY|HIDDEN)\w+/g, (name) =>
    createHash("sha256").update(name).digest("base64url"),
  );
}

/** A header that stands there twice is one with both values; what HTTP/2 writes with a colon in front is none. */
function headersOf({ headers }: JsonObject): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const header of Array.isArray(headers) ? (headers as unknown[]) : []) {
    if (!isObject(header) || typeof header["name"] !== "string" || header["name"].startsWith(":")) continue;
    const name = header["name"].toLowerCase();
    const before = found.get(name);
    const value = unmasked(String(header["value"]));
    found.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(found);
}

function sentBody({ postData, bodySize }: JsonObject): {
  readonly text: string | undefined;
  readonly isWhole: boolean;
} {
  const text = isObject(postData) && typeof postData["text"] === "string" ? unmasked(postData["text"]) : undefined;
  return { text, isWhole: text !== undefined || !(Number(bodySize) > 0) };
}

/** Where no text stands, the size says whether there was a body: browsers leave out what they no longer hold. */
function answeredBody({ content, status }: JsonObject): { readonly text: string; readonly isWhole: boolean } {
  const { text, size, encoding } = isObject(content) ? content : {};
  if (typeof text !== "string") return { text: "", isWhole: Number(size) === 0 || status === 204 || status === 304 };
  if (encoding === "base64") return { text: Buffer.from(text, "base64").toString("utf8"), isWhole: true };
  return { text: unmasked(text), isWhole: !isCut(text) };
}
