import { parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { type Schema, visitSubschemas } from "./schema-keywords.ts";

/** What is looked at of a node of TypeScript's syntax tree. */
export type SyntaxNode = {
  readonly name?: { readonly text?: string };
  readonly members?: readonly SyntaxNode[];
  type?: SyntaxNode;
};

/** How nodes are made and printed. */
export type Printing = { print: (node: SyntaxNode) => string; nodeOf: (name: string) => SyntaxNode };

/**
 * Gives component types that refer back to themselves a name of their own, since TypeScript resolves `type A = string | A[]`, but not
 * the same as a member of an interface.
 *
 * @returns what changes members of `components.schemas` to refer to the names, and gives the declarations of those names
 */
export function createRecursiveTypes(document: JsonObject, { print, nodeOf }: Printing) {
  const aliases = new Map(
    recursiveComponents(document).map((name, index) => [name, `Recursive${index + 1}_${name.replaceAll(/\W/g, "_")}`]),
  );
  return {
    declare: (members: readonly SyntaxNode[]): string => {
      const declarations = members.map((member) => {
        const alias = aliases.get(member.name?.text ?? "");
        if (alias === undefined || member.type === undefined) return "";
        const text = print(member.type).trim();
        member.type = nodeOf(alias);
        return `type ${alias} = ${text};\n`;
      });
      return declarations
        .join("")
        .replaceAll(/components\["schemas"\]\[("(?:[^"\\]|\\.)*")\]/g, (whole, name: string) => {
          return aliases.get(JSON.parse(name) as string) ?? whole;
        });
    },
  };
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
  const visit = (inner: Schema): void => {
    if (typeof inner === "boolean") return;
    const { $ref } = inner;
    if (typeof $ref === "string") names.push(parsePointer($ref).at(-1) ?? "");
    visitSubschemas(inner, visit);
  };
  visit(schema as Schema);
  return names;
}
