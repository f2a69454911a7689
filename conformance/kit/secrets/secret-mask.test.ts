import fc from "fast-check";
import { expect, test } from "vitest";
import { createSecretMask } from "./secret-mask.ts";

test("a key is replaced wherever it stands in nested data", () => {
  const mask = createSecretMask({ "key-123": "SANDGLASS_KEY" });
  const data = { headers: { "x-api-key": "key-123" }, list: ["a key-123 b"], "key-123": 1 };
  expect(mask.data(data)).toEqual({
    headers: { "x-api-key": "$SANDGLASS_KEY" },
    list: ["a $SANDGLASS_KEY b"],
    $SANDGLASS_KEY: 1,
  });
});

test("a key is replaced in JSON text and in a URL too", () => {
  const mask = createSecretMask({ 'a"b c': "SANDGLASS_KEY" });
  expect(mask.text(JSON.stringify({ key: 'a"b c' }))).toBe('{"key":"$SANDGLASS_KEY"}');
  expect(mask.text("http://h/?key=a%22b%20c")).toBe("http://h/?key=$SANDGLASS_KEY");
});

test("a token that is learned later is replaced from then on", () => {
  const mask = createSecretMask({});
  mask.learn("token-456", "PREVIEW_TOKEN");
  expect(mask.text("Bearer token-456")).toBe("Bearer $PREVIEW_TOKEN");
});

test("no secret is left in any text that holds it (seed 11)", () => {
  const secret = fc.stringMatching(/^[a-z]{8,20}$/);
  fc.assert(
    fc.property(secret, fc.array(fc.string()), (key, parts) => {
      const masked = createSecretMask({ [key]: "SANDGLASS_KEY" }).text(parts.join(key));
      expect(masked).not.toContain(key);
    }),
    { seed: 11 },
  );
});

test("a secret is hidden in a header, too, whose characters are its bytes", () => {
  const mask = createSecretMask({ "ключ-0123456789": "SANDGLASS_TOKEN" });
  expect(mask.text(Buffer.from("Bearer ключ-0123456789").toString("latin1"))).toBe("Bearer $SANDGLASS_TOKEN");
});
