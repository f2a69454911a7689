import type { Ajv } from "ajv";
import type { UsedScopeValues, ValueScopeName } from "ajv/dist/compile/codegen/scope.js";
import type { SourceCode } from "ajv/dist/types/index.js";

/**
 * Writes the module that `ajv/dist/standalone` writes, byte for byte, in time that grows with the text alone: ajv copies what it has so
 * far for each function, and overflows the stack when that is much.
 *
 * @param exported - addresses of schemas by the name that the validator is exported as
 */
export async function standaloneCode(ajv: Ajv, exported: ReadonlyMap<string, string>): Promise<string> {
  const { _Code: Code } = (await import("ajv/dist/compile/codegen/code.js")).default;
  const { UsedValueState: State } = (await import("ajv/dist/compile/codegen/scope.js")).default;
  const used: UsedScopeValues = {};
  const parts = [...exported].map(([name, address]) => {
    const source = sourceOf(ajv.getSchema(address));
    return `\nexport const ${name} = ${String(source.validateName)};\n${codeOf(source)}`;
  });
  return `"use strict";${parts.join("")}`;

  /** The function and what it needs, each where it is needed first. */
  function codeOf(source: SourceCode): string {
    if (stateOf(source.validateName) === State.Completed) return "";
    (used[source.validateName.prefix] ??= new Map()).set(source.validateName, State.Started);
    const needed = ajv.scope.scopeCode(source.scopeValues, used, (name) => new Code(codeOfNeed(name)));
    const evaluated =
      source.evaluated === undefined ? "" : `${String(source.validateName)}.evaluated = ${String(source.evaluated)};\n`;
    return `${String(needed)}\n${source.validateCode}${evaluated}`;
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

function sourceOf(validate: unknown): SourceCode {
  const { source } = validate as { source?: SourceCode };
  if (source === undefined) throw new Error("ajv kept no source of a validator");
  return source;
}
