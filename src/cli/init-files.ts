import { contracts } from "../../conformance/index.ts";
import type { ContractName } from "../../mocks/index.ts";

/** Where a project's CI runs. */
export const ciNames = ["github", "gitlab", "none"] as const;
/** One of {@link ciNames}. */
export type CiName = (typeof ciNames)[number];

/** What `sandglass init` knows of a project. */
export type ProjectFacts = {
  readonly contract: ContractName;
  readonly ci: CiName;
  /** Whether its sources are TypeScript. */
  readonly isTyped: boolean;
  /** Whether its files are CommonJS by package.json, as `npm init` writes it: what it is given here says `import`. */
  readonly isCommonJs: boolean;
  readonly hasVitest: boolean;
};

/** A file of the project, with what it is for. */
type NewFile = { readonly name: string; readonly purpose: string; readonly text: string };

/** The scripts that a project gets, by their names. */
export function scriptsFor({ contract }: ProjectFacts): Readonly<Record<string, string>> {
  return {
    mock: `sandglass mock ${contract}`,
    conform: `sandglass conform ${contract} --config sandglass.conform.json`,
  };
}

/** The files that a project gets. */
export function filesFor(facts: ProjectFacts, port: number): readonly NewFile[] {
  const { contract, ci, isTyped, isCommonJs, hasVitest } = facts;
  const harmlessCommands = contracts[contract].programs.harmless;
  const extension = `${isCommonJs ? "m" : ""}${isTyped ? "ts" : "js"}`;
  const files: NewFile[] = [
    { name: `sandglass.config.${extension}`, purpose: "how the mock begins", text: mockConfig },
    {
      name: "sandglass.conform.json",
      purpose: "which server `npm run conform` judges: the mock, until it names your deployment",
      text: `${JSON.stringify({ [contract]: { url: `http://127.0.0.1:${port}`, harmlessCommands } }, null, 2)}\n`,
    },
  ];
  if (hasVitest) {
    files.push({ name: `sandboxes.test.${extension}`, purpose: "a first test", text: firstTest[contract] });
  }
  if (ci === "github") {
    files.push({
      name: ".github/workflows/conformance.yml",
      purpose: "judges a deployment each night",
      text: github(contract),
    });
  }
  if (ci === "gitlab") {
    const purpose = "judges a deployment each night, once .gitlab-ci.yml includes it";
    files.push({ name: "conformance.gitlab-ci.yml", purpose, text: gitlab(contract) });
  }
  return files;
}

const mockConfig = `import { defineConfig } from "sandglass/mock";

export default defineConfig({
  // The mock is the contract. "edge", "cell" or "production" answers as the vendors' servers were seen to.
  as: [],
  // What goes wrong on purpose: \`npx sandglass mock --list-faults\` has all of them.
  faults: [],
});
`;

const firstTest: Readonly<Record<ContractName, string>> = {
  opencomputer: `import { createSandboxTest, expect } from "sandglass/vitest";

const test = createSandboxTest("opencomputer", { world: { clockScale: 0 } });

test("an idle sandbox hibernates", async ({ sandboxes }) => {
  const { sandboxID } = await sandboxes.client.sandboxes.create({ timeout: 120 });
  sandboxes.world.clock.advance(120_000);
  expect((await sandboxes.client.sandboxes.get(sandboxID)).status).toBe("hibernated");
  await sandboxes.client.sandboxes.kill(sandboxID);
  expect(sandboxes).toHaveLeakedNothing();
});
`,
  recoup: `import { createSandboxTest, expect } from "sandglass/vitest";

const test = createSandboxTest("recoup", { world: { clockScale: 0 } });

test("a sandbox stops at the end of its timeout", async ({ sandboxes }) => {
  await sandboxes.client.sandboxes.create({});
  sandboxes.world.clock.advance(31 * 60_000);
  expect((await sandboxes.client.sandboxes.list()).sandboxes.map(({ sandboxStatus }) => sandboxStatus)).toEqual(["stopped"]);
  expect(sandboxes).toHaveLeakedNothing();
});
`,
};

const conform = (contract: ContractName) =>
  `npx sandglass conform ${contract} --url "$SANDBOXES_URL" --ledger ledger.jsonl --max-creates 40 --max-minutes 15`;

function github(contract: ContractName): string {
  return `# Judges a deployment each night, and keeps the report and the ledger. The variable SANDBOXES_URL says where the deployment listens; the
# secrets SANDGLASS_KEY and SANDGLASS_OTHER_KEY are keys of two tenants. Two runs at once would share one budget's worth of the account.
name: conformance
on:
  schedule: [{ cron: "17 3 * * *" }]
  workflow_dispatch:
permissions:
  contents: read
concurrency: conformance
env:
  SANDBOXES_URL: \${{ vars.SANDBOXES_URL }}
jobs:
  judge:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    env:
      SANDGLASS_KEY: \${{ secrets.SANDGLASS_KEY }}
      SANDGLASS_OTHER_KEY: \${{ secrets.SANDGLASS_OTHER_KEY }}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0
        with:
          node-version: 24
      - run: npm ci
      - name: Judge
        run: >-
          ${conform(contract)}
          --report "html=report.html,md=$GITHUB_STEP_SUMMARY,github=-"
      - name: End what is left
        if: always()
        run: if [ -e ledger.jsonl ]; then npx sandglass sweep ledger.jsonl --url "$SANDBOXES_URL"; fi
      - name: Keep the report
        if: always()
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: conformance
          path: |
            report.html
            ledger.jsonl
`;
}

function gitlab(contract: ContractName): string {
  return `# Judges a deployment, and keeps the report and the ledger. SANDGLASS_KEY and SANDGLASS_OTHER_KEY are masked variables of the project,
# SANDBOXES_URL says where the deployment listens.
conformance:
  image: node:24
  timeout: 30 minutes
  resource_group: conformance
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  script:
    - npm ci
    - ${conform(contract)}
      --report junit=report.xml,html=report.html
  after_script:
    - if [ -e ledger.jsonl ]; then npx sandglass sweep ledger.jsonl --url "$SANDBOXES_URL"; fi
  artifacts:
    when: always
    paths: [ledger.jsonl, report.html]
    reports:
      junit: report.xml
`;
}
