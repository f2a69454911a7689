import assert from "node:assert/strict";

const keptError = /if\(vErrors === null\)\{\nvErrors = \[(\w+)\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}/g;

/**
 * Turns the `require` calls that ajv leaves in its ES modules into imports, its exports into plain declarations, and the five lines
 * by which it keeps an error into one.
 *
 * ajv's runtime is CommonJS. Node hands over its `module.exports`, some bundlers its `default` member: `?? m` takes both.
 */
export function createImports() {
  const modules = new Map<string, string>();
  const nameOf = (path: string) => {
    const name = modules.get(path) ?? `m${modules.size}`;
    modules.set(path, name);
    return name;
  };
  return {
    /** Rewrites one part of a module. */
    rewrite: (code: string): string => {
      const body = code
        .replaceAll(
          /require\("([^"]+)"\)\.default/g,
          (_, path: string) => `(${nameOf(path)}.default ?? ${nameOf(path)})`,
        )
        .replaceAll(/require\("([^"]+)"\)/g, (_, path: string) => nameOf(path))
        .replaceAll(/^export const /gm, "const ")
        .replaceAll(keptError, "(vErrors ??= []).push($1);");
      assert(!/\brequire\(/.test(body), "ajv's code has a require that is not understood");
      return body;
    },
    /** What all parts so far import. */
    head: (): string => [...modules].map(([path, name]) => `import ${name} from "${path}.js";\n`).join(""),
  };
}
