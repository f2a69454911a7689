import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { contracts, createClauseFiles } from "../conformance/command.ts";
import type { JudgedContract, Law } from "../conformance/index.ts";

const document = "docs/reference/laws.md";

test(`${document} names every law`, async () => {
  const config = await resolveConfig(document);
  const text = await format(page(), { ...config, filepath: document });
  await expect(text).toMatchFileSnapshot(`../${document}`);
});

function page(): string {
  return `# Laws

What \`sandglass conform\` judges a server by: each line completes "a server MUST …". A law is a MUST where the contract's seed
says so, or where it guards another tenant's data, a secret or money; a SHOULD where the vendor's public documentation
says so; a MAY where it was only seen. Ids stay for good: pin them, waive them, choose by them with \`--law\`.

"Needs" is what a run has to be given: \`second-key\` (\`--other-key\`), \`member-account\`, \`foreign-account\`, \`quota\`
(\`--config\`), \`preview-route\` (\`--preview-domain\`), \`waiting\` (\`--max-wait\`), \`clock-control\` (\`--clock control\`). A law
without what it needs is skipped, and says which flag would let it be judged. \`memory\` needs nothing: a server without
memory, such as a mock that answers with examples, breaks it.

This page is written from the laws: \`npx vitest run test/laws-page.test.ts --update\`.

${Object.values(contracts).map(section).join("\n\n")}
`;
}

function section({ name, laws }: JudgedContract): string {
  const count = (requirement: string) => laws.filter((law) => law.requirement === requirement).length;
  const locate = createClauseFiles(contracts);
  return [
    `## ${name}`,
    "",
    `${laws.length} laws: ${count("MUST")} MUST, ${count("SHOULD")} SHOULD, ${count("MAY")} MAY.`,
    "",
    "| law | level | a server … | source | needs |",
    "| - | - | - | - | - |",
    ...laws.map((law) => row(law, locate(name, law.source)?.file)),
  ].join("\n");
}

function row({ id, requirement, statement, source, needs }: Law, file: string | undefined): string {
  const clause = file === undefined ? `\`${source}\`` : `[\`${source}\`](../../${file})`;
  return `| \`${id}\` | ${requirement} | ${statement.replaceAll("|", "\\|")} | ${clause} | ${needs.join(", ")} |`;
}
