import { z } from "zod";
import type { StoredRecord } from "./table.ts";

/** A schema for each member of a record, so that what a snapshot gives back is what was stored. */
export type RecordShape<R> = { readonly [Name in keyof Required<R>]: z.ZodType<R[Name]> };

/** A whole number of at least 0. */
export const count = z.int().min(0);

const lastInstantMs = 253_402_300_799_999; // of the year 9999, beyond which times have another form

/** A time, in milliseconds since 1970, within the year 9999. */
export const instantMs = z.int().min(0).max(lastInstantMs);

/** What every record has, as it is stored. */
export const storedShape = {
  id: z.string().describe("Its id."),
  tenantId: z.string().describe("Whose it is."),
  version: z.int().min(1).describe("How often it was changed."),
  createdAtMs: instantMs.describe("When it was made."),
  liveUntilMs: count.describe("When it stops counting as live."),
} satisfies RecordShape<StoredRecord>;
