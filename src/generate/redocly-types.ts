import type { NodeType, Oas3Rule } from "@redocly/openapi-core";

/** Keywords of schemas and members of objects whose value is data: what looks like a reference in it is none. */
const dataMembers = ["const", "default", "enum", "example"];
const data = { resolvable: false } as const;

type Types = Record<string, NodeType>;
type PropertyType = NodeType["properties"][string];

/**
 * Changes Redocly's description of OpenAPI so that no `$ref` is followed in data: in examples, defaults, enums and
 * extensions. Redocly follows them there, which would copy files that nothing needs into what is generated.
 */
export function createRedoclyTypes(types: Types): Types {
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, type.extensionsPrefix === undefined ? type : withData(type)]),
  );
}

/** `x-webhooks` of 3.0 is what 3.1 has as `webhooks`, and the upgrade takes it so. */
export function isExtensionName(name: string): boolean {
  return name.startsWith("x-") && name !== "x-webhooks";
}

function withData(type: NodeType): NodeType {
  const { extensionsPrefix: _, additionalProperties, properties, ...rest } = type;
  const entries = Object.entries(properties).filter(([name]) => !isExtensionName(name));
  return {
    ...rest,
    properties: Object.fromEntries(
      entries.map(([name, property]) => [name, dataMembers.includes(name) ? asData(property) : property]),
    ),
    additionalProperties: (value: unknown, name: string) => {
      if (name.startsWith("x-")) return data;
      return typeof additionalProperties === "function" ? additionalProperties(value, name) : additionalProperties;
    },
  };
}

/** But `default` of responses, which is an answer. */
function asData(property: PropertyType): PropertyType {
  return typeof property === "string" ? property : { ...(property as object), ...data };
}

/** What the specification says, and Redocly does not look at. */
export const ownRules: Readonly<Record<string, Oas3Rule>> = {
  "no-empty-enum": () => ({
    Schema(schema, context) {
      const { enum: values } = schema as { enum?: unknown };
      if (!Array.isArray(values) || values.length > 0) return;
      const location = context.location.child(["enum"]);
      context.report({ message: "`enum` is empty, so that no value fits.", location });
    },
  }),
  "one-kind": () => {
    const kinds = new WeakMap<object, string>();
    return {
      any(node: unknown, context) {
        if (typeof node !== "object" || node === null) return;
        const { name } = context.type;
        const kind = kinds.get(node);
        if (kind === undefined) kinds.set(node, name);
        else if (kind !== name) {
          context.report({
            message: `This is used as ${kind} and as ${name}: a $ref leads to another kind of thing.`,
          });
        }
      },
    };
  },
};
