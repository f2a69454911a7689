import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import * as openComputer from "../generated/opencomputer/profiles.ts";
import * as recoup from "../generated/recoup/profiles.ts";
import type { Difference } from "../src/contract/difference.ts";

const document = "docs/reference/profiles.md";

type Table = { readonly profiles: Readonly<Record<string, string>>; readonly differences: readonly Difference[] };

test(`${document} names every profile and difference`, async () => {
  const config = await resolveConfig(document);
  const text = await format(page(), { ...config, filepath: document });
  await expect(text).toMatchFileSnapshot(`../${document}`);
});

function page(): string {
  return `# Profiles

How the vendors' servers were seen to differ from their contracts. \`sandglass mock --as NAME\` shows the differences of a profile, or
the one that has this id; \`sandglass conform --waivers preset:NAME\` lives with them. Both are read from one table for each contract,
[\`specs/recoup/profiles.yaml\`](../../specs/recoup/profiles.yaml) and
[\`specs/opencomputer/profiles.yaml\`](../../specs/opencomputer/profiles.yaml), and CI holds one against the other: without the preset
exactly the laws of the table are red on the mock, with it none is.

Each line completes "a server that …". "Finding" is the number under which the difference was noted, "laws" are those that it breaks;
those in brackets it breaks in some seeds only or together with another difference, or they cannot be judged for it. A
difference that the mock does not show says why.

This page is written from the tables: \`npx vitest run test/profiles-page.test.ts --update\`.

${section("Recoup", recoup)}

${section("OpenComputer", openComputer)}
`;
}

function section(title: string, { profiles, differences }: Table): string {
  return [
    `## ${title}`,
    "",
    ...Object.entries(profiles).map(([name, statement]) => `- \`${name}\`: ${statement}.`),
    "",
    "| difference | profiles | a server that … | finding | evidence | laws |",
    "| - | - | - | - | - | - |",
    ...differences.map(row),
  ].join("\n");
}

function row({ id, profiles, statement, facts, evidence, laws, sometimes = [], unjudged = [], notShown }: Difference) {
  const said = notShown === undefined ? statement : `${statement}. Not shown: ${notShown}`;
  const rest = [...sometimes, ...unjudged].map((law) => `(\`${law}\`)`);
  const broken = [...laws.map((law) => `\`${law}\``), ...rest].join(", ");
  return `| \`${id}\` | ${profiles.join(", ")} | ${said} | ${facts.join(", ")} | ${evidence} | ${broken} |`;
}
