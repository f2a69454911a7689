/** Formats a value as the JavaScript literal that JSON is, but for a member that is called `__proto__`. */
export function formatLiteral(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/^( *)"__proto__":/gm, '$1["__proto__"]:');
}

/** Formats a value as {@link formatLiteral} does, in one line. */
export function formatLine(value: unknown): string {
  return formatLiteral(value).replaceAll(/\n */g, "");
}

/** Formats a property name: bare where JavaScript lets it be. */
export function formatKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
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
