import fc from "fast-check";
import { expect, test } from "vitest";
import { countVerdicts, verdicts, worstVerdict } from "./verdict.ts";

const group = fc.array(fc.constantFrom(...verdicts));

test("the worst verdict of a group wins", () => {
  expect(worstVerdict(["pass", "skip", "pass"])).toBe("pass");
  expect(worstVerdict(["pass", "fail", "skip"])).toBe("fail");
  expect(worstVerdict(["fail", "error", "pass"])).toBe("error");
});

test("a run that judged nothing is a skip", () => {
  expect(worstVerdict([])).toBe("skip");
});

test("joining groups keeps the worst, in any order (seed 7)", () => {
  fc.assert(
    fc.property(group, group, (left, right) => {
      const joined = worstVerdict([...left, ...right]);
      expect(worstVerdict([worstVerdict(left), worstVerdict(right)])).toBe(joined);
      expect(worstVerdict([...right, ...left])).toBe(joined);
    }),
    { seed: 7 },
  );
});

test("counts add up to the size of the group (seed 7)", () => {
  fc.assert(
    fc.property(group, (verdictsSeen) => {
      const { skip, pass, fail, error } = countVerdicts(verdictsSeen);
      expect(skip + pass + fail + error).toBe(verdictsSeen.length);
    }),
    { seed: 7 },
  );
});
