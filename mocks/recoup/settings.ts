import { count } from "../kit/record-shape.ts";
import { defineSettings, readCount } from "../kit/setting.ts";
import { type ShellSettings, shellSettings } from "../kit/shell/settings.ts";

/** Settings of Recoup in a world. Times in milliseconds. */
export type RecoupSettings = ShellSettings & {
  /** How long a Recoup sandbox is pending. 400 by default. */
  readonly bootLatencyMs: number;
  /** How long a Recoup sandbox is stopping. 2,000 by default. */
  readonly stopGraceMs: number;
};

export const settings = defineSettings<RecoupSettings>({
  bootLatencyMs: {
    schema: count.describe("How long a Recoup sandbox is pending, in milliseconds."),
    default: 400,
    flag: { syntax: "--boot-latency <ms>", read: readCount },
  },
  stopGraceMs: {
    schema: count.describe("How long a Recoup sandbox is stopping, in milliseconds."),
    default: 2_000,
  },
  ...shellSettings.table,
});
