import type { operations } from "../../generated/opencomputer/types.ts";
import type { CallOptions } from "./client-options.ts";
import type { OperationCall } from "./connection.ts";
import type { Caller, SandboxUsage, TagKeys, Usage, UsageQuery } from "./opencomputer-types.ts";

/** What a client asks about what sandboxes have used, and about itself. */
export function createUsage(call: OperationCall<operations>) {
  return {
    /** What sandboxes have used: memory and disk over time. */
    usage: {
      /** By sandbox, those that used most first. The last 30 days unless told otherwise. */
      bySandbox: (query: UsageQuery = {}, options?: CallOptions): Promise<Usage> =>
        call("getUsage", { query: { ...query, groupBy: "sandbox" } }, options),
      /** By the values of a tag, and beside them what sandboxes without it have used. */
      byTag: (key: string, query: UsageQuery = {}, options?: CallOptions): Promise<Usage> =>
        call("getUsage", { query: { ...query, groupBy: `tag:${key}` } }, options),
      /** Of one sandbox, minute by minute. The last hour unless told otherwise, at most 30 days. */
      ofSandbox: (
        id: string,
        query: Pick<UsageQuery, "from" | "to"> = {},
        options?: CallOptions,
      ): Promise<SandboxUsage> => call("getSandboxUsage", { path: { id }, query }, options),
      /** The keys of all tags, and how many sandboxes and values each has. */
      tagKeys: (options?: CallOptions): Promise<TagKeys> => call("listTagKeys", {}, options),
      /** Who the key belongs to. */
      whoami: (options?: CallOptions): Promise<Caller> => call("whoami", {}, options),
    },
  };
}
