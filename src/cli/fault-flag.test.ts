import { describe, expect, test } from "vitest";
import { createMock, faults } from "../../mocks/index.ts";
import { formatFaultList, parseFaultFlag } from "./fault-flag.ts";

describe("a fault on the command line", () => {
  test.for([
    ["C1", { id: "C1" }],
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
    for (const { id, summary } of faults) {
      expect(lines.filter((line) => line.startsWith(`${id} `) && line.endsWith(summary))).toHaveLength(1);
    }
    expect(lines.find((line) => line.startsWith("A3 "))).toContain("both");
    expect(lines.filter((line) => line.startsWith("A5 "))).toHaveLength(2);
  });

  test("goes by number, with the usual faults and their sizes at the end", () => {
    const ids = lines.map((line) => /^([A-G]\d+|[a-z-]+) /.exec(line)?.[1]).filter((id) => id !== undefined);
    expect(ids.indexOf("C7")).toBeLessThan(ids.indexOf("C13"));
    expect(ids.indexOf("G5")).toBeLessThan(ids.indexOf("latency"));
    expect(lines.find((line) => line.includes("ms=500"))).toContain("milliseconds");
  });
});
