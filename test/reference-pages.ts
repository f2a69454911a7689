import ts from "typescript";
import type { Command } from "commander";

/** A cell of a table: one line, whose bars are text. */
const cell = (text: string) =>
  text
    .replaceAll("|", "\\|")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Every command with its arguments and flags, as commander knows them. */
export function commandsPage(program: Command): string {
  const sections = program.commands.map((command) => {
    const { registeredArguments: words, options } = command;
    const usage = ["sandglass", command.name(), ...words.map((word) => wordOf(word)), "[flags]"].join(" ");
    const rows = [
      ...words.map((word) => [`\`${wordOf(word)}\``, withChoices(word.description, word.argChoices)]),
      ...options.map((option) => [`\`${option.flags}\``, withChoices(option.description, option.argChoices)]),
    ];
    return `## ${command.name()}\n\n\`${usage}\`\n\n${sentence(command.description())}\n\n${table(["argument or flag", "does"], rows)}`;
  });
  return `# Commands and flags

What \`npx sandglass COMMAND --help\` says, of every command. \`sandglass completion bash\` (or zsh, fish) prints a script that completes them.

${sections.join("\n\n")}
`;
}

const wordOf = (word: { name: () => string; variadic: boolean; required: boolean }) => {
  const name = `${word.name()}${word.variadic ? "..." : ""}`;
  return word.required ? `<${name}>` : `[${name}]`;
};
const withChoices = (text: string, choices: readonly string[] = []) =>
  choices.length === 0 || choices.every((choice) => text.includes(choice)) ? text : `${text} (${choices.join(", ")})`;
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

type Schema = {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
};

/** What a configuration of the mock may say. */
export function configPage(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== "$schema")
    .map(([name, of]) => [`\`${name}\``, typeText(of), of.description ?? descriptions[name] ?? ""]);
  return `# Configuration

\`sandglass mock\` reads \`sandglass.config.ts\`, \`.mts\`, \`.js\`, \`.mjs\` or \`.json\` of its folder, or the file of \`--config\`. Flags win over it. In TypeScript and
JavaScript, \`export default defineConfig({ … })\` of \`sandglass/mock\` types it. \`startMock\` and \`createMock\` take the same members, the settings
among them in \`settings\`. A member that there is not is refused, and the nearest is named.

${table(["member", "is", "does"], rows)}
`;
}

const descriptions: Readonly<Record<string, string>> = {
  ports: "The port of each contract; its usual one by default, 0 for one that is free.",
  faults: "What goes wrong on purpose, in every world: see the page of faults.",
};

function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return `\`${schema.$ref.split("/").at(-1)}\``;
  const { anyOf = schema.oneOf, items, properties, additionalProperties } = schema;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) {
    const shown = schema.enum.slice(0, 6).map((value) => `\`${JSON.stringify(value)}\``);
    return `${shown.join(", ")}${schema.enum.length > 6 ? ", …" : ""}`;
  }
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeText))].join(" or ");
  if (items !== undefined) return `list of ${typeText(items)}`;
  if (properties !== undefined) {
    return `object of ${Object.keys(properties)
      .slice(0, 6)
      .map((name) => `\`${name}\``)
      .join(", ")}`;
  }
  if (typeof additionalProperties === "object") return `object of ${typeText(additionalProperties)} by name`;
  return schema.type === undefined ? "any value" : [schema.type].flat().join(" or ");
}

type Operation = {
  readonly summary?: string;
  readonly description?: string;
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
};
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

/** The control API, by its document. */
export function controlPage({ paths }: Document): string {
  const methods = ["get", "put", "post", "patch", "delete"];
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    methods.flatMap((method) => {
      const operation = operations[method];
      if (operation === undefined) return [];
      const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
      const statuses = Object.entries(operation.responses).map(
        ([status, { description = "" }]) => `${status} ${description}`,
      );
      return [
        [
          `\`${method.toUpperCase()} ${path}\``,
          operation.summary ?? operation.description ?? "",
          body === undefined ? "" : typeText(body),
          statuses.join("; "),
        ],
      ];
    }),
  );
  return `# The control API

Every listener of the mock has it, from this machine without a key; from others with \`--control-token\`, sent in \`X-Sandglass-Control-Token\`. Pages
of other origins may not use it. Its OpenAPI document is \`generated/control/openapi.json\` of the package's sources.

${table(["request", "does", "body", "answers"], rows)}
`;
}

/** The exports of each entry point with their first sentences, as an editor shows them. */
export function javascriptPage(entryPoints: Readonly<Record<string, string>>): string {
  const program = ts.createProgram(Object.values(entryPoints), {
    ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true },
    ...{ allowImportingTsExtensions: true, resolveJsonModule: true, skipLibCheck: true },
  });
  const checker = program.getTypeChecker();
  const sections = Object.entries(entryPoints).map(([name, file]) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    const found = checker.getExportsOfModule(symbol!).map((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const own = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const comment = ts.displayPartsToString(own.getDocumentationComment(checker));
      const first = /^[\s\S]*?[.](?=\s|$)/.exec(comment)?.[0] ?? comment;
      return { name: exported.name, isValue: (own.flags & ts.SymbolFlags.Value) !== 0, first };
    });
    const rows = found
      .sort((one, other) => Number(other.isValue) - Number(one.isValue) || (one.name < other.name ? -1 : 1))
      .filter(({ first }) => first !== "") // types of the contract, which have the words of its document
      .map(({ name: exported, isValue, first }) => [`\`${exported}\``, isValue ? "value" : "type", first]);
    return `## ${name}\n\n${table(["export", "is", "does"], rows)}`;
  });
  return `# The JavaScript API

What each entry point exports, by the comments that an editor shows. Types whose words come from a contract's document are left out.

${sections.join("\n\n")}
`;
}
