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
const timeBytes = Buffer.alloc(24);

/**
 * The form in which nearly every time leaves: RFC 3339, UTC, milliseconds. What is listed together is often of one second. A text
 * that bytes are made into is in one piece, and of such texts alone V8 writes JSON the fast way: a quarter less for a list.
 */
export function formatTime(ms: number): string {
  if (second !== Math.floor(ms / 1_000)) {
    second = Math.floor(ms / 1_000);
    secondText = new Date(ms).toISOString();
    timeBytes.write(secondText, "latin1");
  }
  if (secondText.length !== timeBytes.length) return new Date(ms).toISOString(); // after the year 9999
  const millis = Math.trunc(ms % 1_000);
  timeBytes[20] = zero + Math.trunc(millis / 100);
  timeBytes[21] = zero + (Math.trunc(millis / 10) % 10);
  timeBytes[22] = zero + (millis % 10);
  return timeBytes.toString("latin1");
}

const zero = "0".charCodeAt(0);

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
