import fc from "fast-check";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Case } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { JsonObject } from "../../kit/law/schema.ts";

type Accepted = Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly bodies: Readonly<Record<string, JsonObject>>;
};

const schema = "#/components/schemas/CreateSandboxRequest";

/** What every server has to accept. None of it is a prompt: an agent costs more than a sandbox. */
const accepted: readonly Accepted[] = [
  {
    // Every pair of members, each there and each not, in as few creates as that takes.
    id: "recoup/create/optional-members",
    requirement: "MUST",
    statement: "accept a create with any of its optional members, and without",
    source: `${schema}/properties`,
    bodies: {
      "all of command": { command: "echo", args: ["a"], cwd: "/" },
      "command alone": { command: "pwd" },
      "args alone": { args: ["a"] },
      "cwd alone": { cwd: "/" },
    },
  },
  {
    id: "recoup/create/boundary-values",
    requirement: "MUST",
    statement: "accept a create with the shortest texts and lists that the contract allows",
    source: `${schema}/properties/command`,
    bodies: {
      "one character, an empty list, an empty path": { command: ":", args: [], cwd: "" },
      "a space, an empty argument": { command: " ", args: [""] },
    },
  },
  {
    id: "recoup/create/unicode",
    requirement: "MUST",
    statement: "accept a create with text of any script",
    source: `${schema}/properties/args/items`,
    bodies: { "beyond ASCII": { command: "echo", args: ["Ünï", "日本", "👩‍👩‍👧", "e\u0301", "\u202E", "\u0001"] } },
  },
  {
    id: "recoup/create/unknown-members",
    requirement: "SHOULD",
    statement: "ignore members of a create that the contract does not name",
    source: `${schema}/description`,
    bodies: { unknown: { "x-not-in-contract": { nested: [1] } } },
  },
];

/** Valid input of every kind is accepted. */
export const validInput: readonly Law[] = accepted.map(({ bodies, ...law }) => {
  const cases = Object.entries(bodies).map(([name, body]): Case<JsonObject> => ({
    name,
    arbitrary: fc.constant(body),
  }));
  return {
    ...law,
    operations: ["createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, creates: cases.length },
    check: (run) =>
      run.judgeCases(cases, async (json) => {
        const exchange = await run.send({ operation: "createSandbox", json });
        if (isSuccess(exchange)) return undefined;
        return { reason: `a valid create was answered ${exchange.response.status}`, exchange };
      }),
  };
});
