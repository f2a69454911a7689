import { createHash, randomBytes } from "node:crypto";

const records = new Map<string, object>();

/**
 * The least that a create can cost: parse the body, draw an id and a token, hash the token, keep a record in a Map, write
 * JSON. No validation, credentials, journal, clock, worlds or faults.
 */
export function bareCreate(text: string): string {
  const body = JSON.parse(text) as object;
  const sandboxID = `sb-${randomBytes(4).toString("hex")}`;
  const token = randomBytes(32).toString("base64url");
  records.set(sandboxID, { ...body, hash: createHash("sha256").update(token).digest("hex") });
  return JSON.stringify({
    sandboxID,
    status: "running",
    region: "use2",
    workerID: "w-use2-abc123",
    sandboxDomain: "localhost",
    previewAuthToken: token,
  });
}
