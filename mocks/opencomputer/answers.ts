import type { Answer } from "../kit/exchange.ts";
import type { Reason } from "../kit/journal.ts";

/** A refusal in the vendor's form. */
export function refuse(status: number, error: string, reason: Reason, more: Record<string, unknown> = {}): Answer {
  return { status, json: { error, ...more }, reason };
}

/** The answer for a sandbox that is not there, or is another organisation's: the two cannot be told apart. */
export function refuseUnknown(error = "sandbox not found"): Answer {
  return refuse(404, error, {
    rule: "sandbox-unknown",
    message: "no sandbox of this organisation has that id in this world",
  });
}

let second = NaN;
let secondText = "";

/** The form in which nearly every time leaves: RFC 3339, UTC, milliseconds. What is listed together is often of one second. */
export function formatTime(ms: number): string {
  if (second !== Math.floor(ms / 1_000)) {
    second = Math.floor(ms / 1_000);
    secondText = new Date(ms).toISOString().slice(0, -4);
  }
  return `${secondText}${String(Math.trunc(ms % 1_000)).padStart(3, "0")}Z`;
}

/** When tags were replaced: in whole seconds; null while there are none. */
export function formatTagTime(ms: number | undefined): string | null {
  return ms === undefined ? null : formatTime(ms).replace(/\.\d+/, "");
}

/** The answer for a sandbox that is stopped for good. */
export function refuseStopped(id: string): Answer {
  return refuse(410, `sandbox ${id} has been stopped`, {
    rule: "sandbox-stopped",
    message: "stopped is final: create another sandbox",
  });
}

/** A time in whole seconds, as commands and signed URLs have it. */
export const formatSecond = (ms: number) => formatTime(ms).replace(/\.\d+/, "");
