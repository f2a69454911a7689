import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test.each([
  ["\u001b[2J\u001b]0;title\u0007", String.raw`\u001b[2J\u001b]0;title\u0007`],
  ["one\r\n✓ two\ttab", String.raw`one\u000d\u000a✓ two\u0009tab`],
  ["\u009b31m\u202egnp.exe\u200b\u2028", String.raw`\u009b31m\u202egnp.exe\u200b\u2028`],
  ["Grüße, 東京 🔑", "Grüße, 東京 🔑"],
])("a terminal gets no control character: %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});
