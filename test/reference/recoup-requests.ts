import type { Members } from "./checks.ts";

/** What a create asks for. */
export type Create = {
  readonly account: string | undefined;
  /** What to run, if anything. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
};

const anyUuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** What some readers of `format: uuid` allow: versions and variants of the RFC, all zeros, all ones. */
const narrowUuid =
  /^([\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}|0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12})$/i;

/** Reads `account_id`. */
export function readUuid(members: Members, isNarrow: boolean): string | undefined {
  const account = members.text("account_id");
  if (account === undefined) return undefined;
  const form = isNarrow ? narrowUuid : anyUuid;
  return form.test(account) ? account : members.fail("account_id", "account_id must be a valid UUID");
}

/** Reads a create, and names the first of its faults. */
export function readCreate(body: Members, isNarrow: boolean): Create {
  const account = readUuid(body, isNarrow);
  const command = body.text("command", 1);
  const args = body.texts("args") ?? [];
  const cwd = body.text("cwd");
  const prompt = body.text("prompt", 1);
  if (command !== undefined && prompt !== undefined) body.fail("prompt", "Cannot specify both command and prompt");
  if (command !== undefined) return { account, payload: { command, args, cwd } };
  return { account, payload: prompt === undefined ? undefined : { prompt, cwd } };
}
