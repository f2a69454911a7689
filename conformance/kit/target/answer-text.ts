/** The longest answer that is read, in bytes: a target must not fill the memory of the run. */
const answerBytesMax = 16 * 1024 * 1024;

/** Reads a body to its end, as text. */
export async function readAnswerText(...args: Parameters<typeof readAnswerBytes>): Promise<string> {
  return new TextDecoder().decode(await readAnswerBytes(...args));
}

/**
 * Reads a body to its end.
 *
 * @throws Error where it is longer than `bytesMax`; what is left of it is not read
 */
export async function readAnswerBytes(
  body: AsyncIterable<unknown> | null,
  bytesMax: number = answerBytesMax,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`); // which also ends the reading
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
