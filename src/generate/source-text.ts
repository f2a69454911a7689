/** Formats a value as the JavaScript literal that JSON is. */
export function formatLiteral(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Formats a property name: bare where JavaScript lets it be. */
export function formatKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Moves all lines but the first to the right, to nest a text in another. */
export function indent(text: string, spaces: number): string {
  return text.replaceAll(/\n(?=.)/g, `\n${" ".repeat(spaces)}`);
}

/** Formats an index into a type of `types.ts`, in which status codes are numbers: `["a"][200]`. */
export function formatIndex(steps: readonly string[]): string {
  return steps.map((step) => (/^[1-9]\d*$/.test(step) ? `[${step}]` : `[${JSON.stringify(step)}]`)).join("");
}
