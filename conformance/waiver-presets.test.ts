import { expect, test } from "vitest";
import { contracts } from "./index.ts";
import { selectLaws } from "./kit/law/law-glob.ts";
import { waiverPreset, waiverPresets } from "./waiver-presets.ts";

const laws = Object.values(contracts).flatMap((contract) => contract.laws);
const deviations = Object.entries(waiverPresets).flatMap(([preset, known]) =>
  known.map((one) => [preset, one] as const),
);

test("there is a preset for each profile", () => {
  expect(Object.keys(waiverPresets)).toEqual(["recoup-production", "opencomputer-edge", "opencomputer-cell"]);
});

test.each(deviations)("$0: $1.law names laws that there are", (_, { law, reason, evidence }) => {
  expect(selectLaws(laws, law).length).toBeGreaterThan(0);
  expect(reason).toMatch(/^[a-z0-9-]+ \((D-|F|§)/);
  expect(evidence).not.toBe("");
});

test("a preset is a list of waivers that never turn stale", () => {
  expect(waiverPreset("opencomputer-edge")[0]).toMatchObject({ preset: "opencomputer-edge", owner: "sandglass" });
  expect(waiverPreset("edge")).toEqual(waiverPreset("opencomputer-edge"));
  for (const name of ["other", "", "dge"]) {
    expect(() => waiverPreset(name)).toThrow(`there is no preset "${name}" of waivers: there are recoup-production, `);
  }
});
