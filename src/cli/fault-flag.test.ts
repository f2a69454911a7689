import { describe, expect, test } from "vitest";
import { createMock, faults } from "../../mocks/index.ts";
import { formatFaultList, parseFaultFlag } from "./fault-flag.ts";

describe("a fault on the command line", () => {
  test.for([
    ["killed-reads-as-running", { id: "killed-reads-as-running" }],
    ["latency:ms=200,spreadMs=50", { id: "latency", options: { ms: 200, spreadMs: 50 } }],
    [
      "latency:times=3,probability=0.5,operation=createSandbox,ms=200",
      { id: "latency", times: 3, probability: 0.5, operation: "createSandbox", options: { ms: 200 } },
    ],
  ] as const)("%s is read", ([text, setting]) => {
    expect(parseFaultFlag(text)).toEqual(setting);
    expect(
      createMock({ faults: [parseFaultFlag(text)] })
        .defaultWorld()
        .faults(),
    ).toEqual([setting]);
  });

  test.for(["", ":times=1", "A1:", "A1:times", "A1:times=", "A1:=1", "A1:times=3,,", "A1:times=few", "A1:times= "])(
    'is refused where it is "%s"',
    (text) => {
      expect(() => parseFaultFlag(text)).toThrow(/It is ID, or ID:name=value|is a number, not/);
    },
  );
});

describe("the list of faults", () => {
  const lines = formatFaultList(faults).split("\n");

  test("names each fault, and one that both contracts have alike once", () => {
    for (const { id, alias = "", summary } of faults) {
      const own = lines.filter((line) => line.startsWith(`${id} `) && line.endsWith(summary));
      expect(own).toHaveLength(1);
      expect(own[0]).toContain(` ${alias} `);
    }
    expect(lines.find((line) => line.startsWith("unauthorized-says-message "))).toContain("both");
    expect(lines.filter((line) => line.startsWith("timeout-in-wrong-unit "))).toHaveLength(2);
  });

  test("goes by alias, with the usual faults and their sizes at the end", () => {
    const ids = lines.map((line) => /^([a-z0-9-]+) /.exec(line)?.[1]).filter((id) => id !== undefined);
    expect(ids.indexOf("repeat-answers-500")).toBeLessThan(ids.indexOf("stopped-counts-in-quota"));
    expect(ids.indexOf("refused-create-keeps-place")).toBeLessThan(ids.indexOf("latency"));
    expect(lines.find((line) => line.includes("ms=500"))).toContain("milliseconds");
  });
});
