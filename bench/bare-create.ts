import { createHash, randomBytes } from "node:crypto";

const records = new Map<string, object>();
const listed: object[] = []; // the last hundred

/**
 * The least that a create can cost: parse the body, draw an id and a token, hash the token, keep a record in a Map, write
 * JSON. No validation, credentials, journal, clock, worlds or faults.
 */
export function bareCreate(text: string): string {
  const body = JSON.parse(text) as object;
  const sandboxID = `sb-${randomBytes(4).toString("hex")}`;
  const token = randomBytes(32).toString("base64url");
  const record = { ...body, sandboxID, hash: createHash("sha256").update(token).digest("hex") };
  records.set(sandboxID, record);
  listed[records.size % 100] = record;
  return JSON.stringify({
    sandboxID,
    status: "running",
    region: "use2",
    workerID: "w-use2-abc123",
    sandboxDomain: "localhost",
    previewAuthToken: token,
  });
}

/** One record as JSON. */
export function bareGet(sandboxID: string): string {
  return JSON.stringify(records.get(sandboxID));
}

/** A hundred records as JSON. */
export function bareList(): string {
  return JSON.stringify(listed);
}

const journal = Array.from({ length: 1_000 }, (_, at) => ({
  ...{ sequence: at, atMs: at, contract: "opencomputer", operation: "createSandbox", tenantId: "acme", method: "POST" },
  ...{ url: "/api/sandboxes", requestHeaders: { host: "127.0.0.1", "x-api-key": "***" }, status: 201, unread: [] },
  ...{ answerHeaders: { "content-type": "application/json" }, requestBody: "{}", answerBody: "x".repeat(200) },
}));

/** A thousand entries, as a journal has them, as JSON. */
export function bareJournal(): string {
  return JSON.stringify(journal);
}
