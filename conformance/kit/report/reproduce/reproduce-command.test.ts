import { expect, test } from "vitest";
import { lawFixture } from "../../mini-contract.fixture.ts";
import { reproduceCommand } from "./reproduce-command.ts";

const run = { contract: "mini", target: "http://mini.test", seed: 7 };
const outcome = { verdict: "fail", durationMs: 1 } as const;

test("a command leads straight to the counterexample", () => {
  const finding = { reason: "odd", seed: 7, path: "0:1" };
  expect(reproduceCommand(lawFixture(), { outcome: { ...outcome, finding }, run })).toBe(
    'npx sandglass conform mini --url http://mini.test --key "$SANDGLASS_KEY" --law mini/create/rule --seed 7 --path 0:1',
  );
});

test("what the law was told of the target is asked for", () => {
  const law = lawFixture({ needs: ["memory", "second-key", "foreign-account"] });
  expect(reproduceCommand(law, { outcome, run })).toContain(
    ' --other-key "$SANDGLASS_OTHER_KEY" --foreign-account "$FOREIGN_ACCOUNT" --law ',
  );
});

test("a profile that is not the usual one is said, and a wait that is longer", () => {
  const law = lawFixture({ waitsMs: 300_001 });
  const command = reproduceCommand(law, { outcome, run: { ...run, profile: "core" } });
  expect(command).toContain(" --seed 7 --profile core --max-wait 301");
  expect(reproduceCommand(lawFixture(), { outcome, run: { ...run, profile: "deployment" } })).not.toContain(
    "--profile",
  );
});

test("a run in a world of its own needs no keys", () => {
  const law = lawFixture({ needs: ["second-key"] });
  expect(reproduceCommand(law, { outcome, run: { ...run, ownWorld: true } })).toBe(
    "npx sandglass conform mini --url http://mini.test --own-world --law mini/create/rule --seed 7",
  );
});

test("an address is one word for a shell, whatever is in it", () => {
  const target = "http://h/'$(rm)'";
  expect(reproduceCommand(lawFixture(), { outcome, run: { ...run, target } })).toContain(
    String.raw`--url 'http://h/'\''$(rm)'\'''`,
  );
});
