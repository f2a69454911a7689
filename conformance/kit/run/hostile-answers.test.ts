import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "./engine.ts";
import type { RunEvent } from "./event.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";

// A target says what it likes. A run goes on, and ends in its time.

const clock = createManualClock(0);

async function judge(body: string): Promise<{ readonly events: readonly RunEvent[]; readonly tookMs: number }> {
  const law = lawFixture({
    operations: ["list"],
    check: async (run) => ({ reason: "it is odd", exchange: await run.send({ operation: "list" }) }),
  });
  const { target } = miniServer(({ method }) =>
    method === "GET" ? new Response(body, { headers: { "content-type": "application/json" } }) : undefined,
  );
  const events: RunEvent[] = [];
  const startedAtMs = performance.now();
  const options = { clock, seed: 1, contract: miniContract([law]), target, sleep: () => Promise.resolve() };
  for await (const event of runLaws(options)) events.push(event);
  return { events, tookMs: performance.now() - startedAtMs };
}

const tokens = Array.from({ length: 60_000 }, (_, index) => `{"token":"secret-${index}-${"x".repeat(200)}"}`);

test.each<[string, string]>([
  ["thousands of secrets in 16 MiB", `[${tokens.join(",")}]`.slice(0, 15 * 1024 * 1024)],
  [
    "thousands of secrets, and one text that looks like all of them",
    `[${tokens.join(",")},"${"secret-".repeat(100_000)}"]`,
  ],
  ["values a million deep", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`],
  ["a secret of a mebibyte", JSON.stringify([{ token: "y".repeat(1024 * 1024) }])],
])("an answer with %s is judged in seconds", { timeout: 60_000 }, async (_, body) => {
  const { events, tookMs } = await judge(body);
  const outcome = events.find((event) => event.type === "lawFinished")?.outcome;
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(outcome!.finding!.exchange!.response.body.length).toBeLessThan(100_000);
  expect(tookMs).toBeLessThan(20_000);
});

test("a mask learns so many secrets, and goes on to hide those that it was given", () => {
  const mask = createSecretMask({ "key-0123456789": "SANDGLASS_KEY" });
  for (let nth = 0; nth < 100_000; nth += 1) mask.learn(`learnt-${nth}-`, "SANDGLASS_TOKEN");
  expect(mask.text("key-0123456789 learnt-7- learnt-99999-")).toBe("$SANDGLASS_KEY $SANDGLASS_TOKEN_8 learnt-99999-");
});

test("of two secrets the longer one is hidden, and a short key everywhere", () => {
  const mask = createSecretMask({ k1: "SANDGLASS_KEY", "token-of-1": "SANDGLASS_TOKEN" });
  mask.learn("token-of-12", "SANDGLASS_OTHER");
  expect(mask.text("k1 xk1x token-of-1 token-of-12 token-of-")).toBe(
    "$SANDGLASS_KEY x${SANDGLASS_KEY}x $SANDGLASS_TOKEN $SANDGLASS_OTHER token-of-",
  );
});
