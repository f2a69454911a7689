import { expect, test } from "vitest";
import { readAnswerText } from "./answer-text.ts";

test("a body is read to its end, whatever its pieces cut through", async () => {
  const bytes = new TextEncoder().encode("\u{1F600} und so weiter");
  const body = new Blob([bytes.subarray(0, 2), bytes.subarray(2)]).stream();
  expect(await readAnswerText(body)).toBe("\u{1F600} und so weiter");
  expect(await readAnswerText(null)).toBe("");
});

test("a body without end is read no further than the limit, and let go of", async () => {
  let pulls = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulls += 1;
      controller.enqueue(new Uint8Array(1_000));
    },
    cancel: () => void (cancelled = true),
  });
  await expect(readAnswerText(body, 10_000)).rejects.toThrow("the answer is longer than 10000 bytes");
  expect([pulls < 20, cancelled]).toEqual([true, true]);
});
