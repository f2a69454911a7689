import { parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { mapSubschemas, type Schema } from "./schema-keywords.ts";

/** What is looked at of a node of TypeScript's syntax tree. */
export type SyntaxNode = {
  readonly name?: { readonly text?: string };
  readonly members?: readonly SyntaxNode[];
  type?: SyntaxNode;
};

/**
 * Gives component types that refer back to themselves a name of their own, since TypeScript resolves `type A = string | A[]`, but not
 * the same as a member of an interface.
 *
 * @param nodes - those of `types.ts`; the members of `components.schemas` are changed to refer to the names
 * @param print - makes text of nodes
 * @param nodeOf - makes a node that refers to a type by its name
 * @returns the declarations of those names
 */
export function nameRecursiveTypes(
  document: JsonObject,
  nodes: readonly SyntaxNode[],
  { print, nodeOf }: { print: (node: SyntaxNode) => string; nodeOf: (name: string) => SyntaxNode },
): string {
  const memberOf = (members: readonly SyntaxNode[] | undefined, name: string) => {
    return members?.find((member) => member.name?.text === name);
  };
  const schemas = memberOf(memberOf(nodes, "components")?.members, "schemas")?.type?.members;
  const aliases = recursiveComponents(document).map((name, index) => {
    return { name, alias: `Recursive${index + 1}_${name.replaceAll(/\W/g, "_")}` };
  });
  const declarations = aliases.map(({ name, alias }) => {
    const member = memberOf(schemas, name);
    if (member?.type === undefined) return "";
    const text = print(member.type).trim();
    member.type = nodeOf(alias);
    return `type ${alias} = ${text};\n`;
  });
  return aliases.reduce((text, { name, alias }) => {
    return text.replaceAll(`components["schemas"][${JSON.stringify(name)}]`, alias);
  }, declarations.join(""));
}

/** The component schemas that can be reached from themselves. */
function recursiveComponents(document: JsonObject): string[] {
  const components = document["components"];
  const schemas = isJsonObject(components) && isJsonObject(components["schemas"]) ? components["schemas"] : {};
  const direct = new Map(Object.entries(schemas).map(([name, schema]) => [name, namesIn(schema)]));
  return [...direct.keys()].filter((name) => {
    const reached = new Set(direct.get(name));
    for (const next of reached) for (const other of direct.get(next) ?? []) reached.add(other);
    return reached.has(name);
  });
}

function namesIn(schema: JsonValue): string[] {
  const names: string[] = [];
  const visit = (inner: Schema): Schema => {
    if (typeof inner === "boolean") return inner;
    const { $ref } = inner;
    if (typeof $ref === "string") names.push(parsePointer($ref).at(-1) ?? "");
    return mapSubschemas(inner, visit);
  };
  visit(schema as Schema);
  return names;
}
