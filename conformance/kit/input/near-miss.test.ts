import { expect, test } from "vitest";
import { lookalike, missKey, nearMisses, nearMissSecrets } from "./near-miss.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";

const keys = ["Sandglass-Ada", "SANDGLASS-ADA", "sandglass-ada", "k-1", ""];

test.each(keys)("no near miss of %j is the key itself", (key) => {
  for (const near of nearMisses) expect(missKey(near, key)).not.toBe(key);
});

test.each(keys.slice(0, 4))("a mask that knows the near misses of %j shows nothing of it", (key) => {
  const mask = createSecretMask({ ...nearMissSecrets(key, "SANDGLASS_KEY"), [key]: "SANDGLASS_KEY" });
  for (const near of nearMisses) expect(mask.text(missKey(near, key))).toMatch(/^\$SANDGLASS_KEY_[A-Z_]+$/);
  expect(mask.text(key)).toBe("$SANDGLASS_KEY");
});

test("a lookalike has the form of the key, and none of its secret", () => {
  const key = "osb_0123456789abcdef-0123";
  const made = lookalike(key, "unknown-fedcba98");
  expect(made).toMatch(/^osb_[a-z0-9]{16}-[a-z0-9]{4}$/);
  expect(made.slice(4, 12)).not.toBe(key.slice(4, 12));
  expect(lookalike("short", "xyz")).toHaveLength(5);
});
