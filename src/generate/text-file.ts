import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";

/** Takes the next piece of a text. */
export type Write = (text: string) => void;

/** Shorter pieces are put together before they are written. */
const lengthMin = 1_000_000;

/**
 * Writes a text file piece by piece, so that the whole is in memory at no time.
 *
 * @param emit - is given what takes the pieces, in their order
 * @returns what `emit` returns, once the file is on the disk
 */
export async function writeText<T>(path: string, emit: (write: Write) => T | Promise<T>): Promise<T> {
  const file = openSync(path, "w");
  try {
    let waiting: string[] = [];
    let length = 0;
    const flush = () => {
      writeFileSync(file, waiting.join("")); // at the end of what is there
      waiting = [];
      length = 0;
    };
    const result = await emit((text) => {
      waiting.push(text);
      length += text.length;
      if (length >= lengthMin) flush();
    });
    flush();
    fsyncSync(file);
    return result;
  } finally {
    closeSync(file);
  }
}
