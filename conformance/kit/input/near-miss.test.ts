import { expect, test } from "vitest";
import { missKey, nearMisses, nearMissSecrets } from "./near-miss.ts";
import { createSecretMask } from "../secret-mask.ts";

const keys = ["Sandglass-Ada", "SANDGLASS-ADA", "sandglass-ada", "k-1", ""];

test.each(keys)("no near miss of %j is the key itself", (key) => {
  for (const near of nearMisses) expect(missKey(near, key)).not.toBe(key);
});

test.each(keys.slice(0, 4))("a mask that knows the near misses of %j shows nothing of it", (key) => {
  const mask = createSecretMask({ ...nearMissSecrets(key, "SANDGLASS_KEY"), [key]: "SANDGLASS_KEY" });
  for (const near of nearMisses) expect(mask.text(missKey(near, key))).toMatch(/^\$SANDGLASS_KEY_[A-Z_]+$/);
  expect(mask.text(key)).toBe("$SANDGLASS_KEY");
});
