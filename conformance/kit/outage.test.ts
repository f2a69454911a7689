import { expect, test } from "vitest";
import { createOutageWatch } from "./outage.ts";
import { EnvironmentTrouble } from "./unjudged.ts";

const silent = () => Promise.reject(new EnvironmentTrouble("no answer"));
const answers = () => Promise.resolve("yes");

test("an operation that is silent twice in a row is not asked again, others are", async () => {
  const { watch } = createOutageWatch();
  await expect(watch("create", silent)).rejects.toThrow("no answer");
  expect(await watch("create", answers)).toBe("yes");
  await expect(watch("create", silent)).rejects.toThrow("no answer");
  await expect(watch("create", silent)).rejects.toThrow("no answer");
  await expect(watch("create", answers)).rejects.toThrow("create has left 2 requests in a row without an answer");
  expect(await watch("list", answers)).toBe("yes");
});

test("a target with three such operations is not asked at all", async () => {
  const { watch } = createOutageWatch();
  for (const operation of ["a", "b", "c", "a", "b", "c"]) await watch(operation, silent).catch(() => undefined);
  await expect(watch("d", answers)).rejects.toThrow("the target has stopped answering");
});
