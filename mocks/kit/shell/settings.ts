import { z } from "zod";
import { ContractError } from "../../../src/contract/contract-error.ts";
import { closedObject } from "../caller-input.ts";
import { defineSettings } from "../setting.ts";
import type { ScriptedCommand } from "./script.ts";

/** Settings of what runs in the sandboxes of a world. */
export type ShellSettings = {
  /** `off`: nothing is run, and commands do what scripts say alone. `shell` by default. */
  readonly exec: "shell" | "off";
  /** What commands do in the place of what the shell does; the first one that fits. */
  readonly scripts: readonly ScriptedCommand[];
};

const script = closedObject({
  pattern: z
    .string()
    .regex(/^(?![\s*]|$)/, "the name of a program is due first")
    .describe("A command line, with * for any text."),
  stdout: z.string().optional().describe("What it writes to standard output."),
  stderr: z.string().optional().describe("What it writes to standard error."),
  exitCode: z.int().min(0).max(255).optional().describe("Its exit code; 0 by default."),
  durationMs: z.number().min(0).optional().describe("How long it takes by the world's clock, in milliseconds."),
  listens: z.int().min(1).max(65_535).optional().describe("The port that it listens on, where its line names none."),
  files: z.record(z.string(), z.string()).optional().describe("Files that it writes, by path."),
}).describe("What stands for a command.") as unknown as z.ZodType<ScriptedCommand>;

export const shellSettings = defineSettings<ShellSettings>({
  exec: {
    schema: z.enum(["shell", "off"]).describe("What runs in sandboxes; off leaves nothing but scripts."),
    default: "shell",
    flag: { syntax: "--exec <how>", read: readExec },
  },
  scripts: {
    schema: z.array(script).describe("What commands do in the place of what the shell does; the first one that fits."),
    default: [],
  },
});

function readExec(text: string): ShellSettings["exec"] {
  if (text === "shell" || text === "off") return text;
  throw new ContractError("CONFIG_INVALID", "It is shell, or off: commands then do what scripts say alone.");
}
