import { resolvePath } from "./file-system.ts";
import type { CommandScript } from "./script.ts";

/** A port of a sandbox that a program listens on, and the folder that it serves. */
export type Listening = { readonly port: number; readonly folder: string };

/** What a scripted program listens on: the port that it is told, or its usual one. */
export function listeningOf({ listens }: CommandScript, args: readonly string[], cwd: string): Listening | undefined {
  if (listens === undefined) return undefined;
  const told = args.map((arg) => /^(?:--port=)?(\d{2,5})$/.exec(arg)?.[1]).find((port) => port !== undefined);
  const at = args.findIndex((arg) => arg === "--directory" || arg === "-d");
  return { port: Number(told ?? listens), folder: resolvePath(at === -1 ? "." : (args[at + 1] ?? "."), cwd) };
}

/** Whether a line leaves something in the background. */
export const isBackground = (line: string) => /(?:^|[^&<>])&(?![&>])/.test(line);

/** Whether a line ends what runs in the background. */
export const endsOthers = (line: string) => /(?:^|[;&|]\s*)(?:kill|pkill|killall)\b/.test(line);
