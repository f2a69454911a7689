import type { Ajv } from "ajv";
import type { UsedScopeValues, ValueScopeName } from "ajv/dist/compile/codegen/scope.js";
import type { SourceCode } from "ajv/dist/types/index.js";

/**
 * Writes what `ajv/dist/standalone` writes after its `"use strict";`, byte for byte, validator by validator: ajv copies what it has so
 * far for each of them, and overflows the stack when that is much. A schema is compiled when its text is due, and the text is not kept.
 *
 * @returns the code for a validator under the name that it is exported as, of the schema with that address
 */
export async function createStandaloneCode(ajv: Ajv): Promise<(name: string, address: string) => string> {
  const { _Code: Code } = (await import("ajv/dist/compile/codegen/code.js")).default;
  const { UsedValueState: State } = (await import("ajv/dist/compile/codegen/scope.js")).default;
  const used: UsedScopeValues = {};
  return (name, address) => {
    const source = sourceOf(ajv.getSchema(address));
    return `\nexport const ${name} = ${String(source.validateName)};\n${codeOf(source)}`;
  };

  /** The function and what it needs, each where it is needed first. */
  function codeOf(source: SourceCode): string {
    if (stateOf(source.validateName) === State.Completed) return "";
    (used[source.validateName.prefix] ??= new Map()).set(source.validateName, State.Started);
    const needed = ajv.scope.scopeCode(source.scopeValues, used, (name) => new Code(codeOfNeed(name)));
    const evaluated =
      source.evaluated === undefined ? "" : `${String(source.validateName)}.evaluated = ${String(source.evaluated)};\n`;
    const code = `${String(needed)}\n${source.validateCode}${evaluated}`;
    forget(source);
    return code;
  }

  function codeOfNeed(name: ValueScopeName): string {
    const ref: unknown = name.value?.ref;
    if (name.prefix === "validate") return codeOf(sourceOf(ref));
    // Of a function that is still being compiled, as one that refers to itself is.
    const { validate, validateName } = ref as { validate: unknown; validateName: ValueScopeName };
    const wrapper = `const ${String(name)} = {validate: ${String(validateName)}};`;
    return stateOf(validateName) === State.Started ? wrapper : `${wrapper}\n${codeOf(sourceOf(validate))}`;
  }

  function stateOf(name: ValueScopeName) {
    return used[name.prefix]?.get(name);
  }
}

/** Each text is written once; together they take as much memory as the file that they are written to. */
function forget(source: SourceCode): void {
  for (const names of Object.values(source.scopeValues)) for (const { value } of names ?? []) delete value?.code;
  Object.assign(source, { validateCode: "", scopeValues: {} });
}

function sourceOf(validate: unknown): SourceCode {
  const { source } = validate as { source?: SourceCode };
  if (source === undefined) throw new Error("ajv kept no source of a validator");
  return source;
}
