/**
 * Rewrites a pattern to a regular expression of JSON Schema (ECMA-262 with the Unicode flag): escapes that only older engines allow,
 * such as `\-` or `\@`, lose their backslash.
 *
 * @param warn - is told where that gives none
 * @returns undefined where that gives none
 */
export function unicodePattern(pattern: string, warn: (message: string) => void): string | undefined {
  const plain = pattern.replaceAll(/\\([^])/g, (escape, character: string) =>
    /[\s"#%&',:;<=>@_`~!]/.test(character) ? character : escape,
  );
  const outside = plain.replaceAll(
    /(\[(?:\\[^]|[^\]\\])*\]|\\[^-])|\\-/g,
    (_, kept: string | undefined) => kept ?? "-",
  );
  const inside = outside.replaceAll(/(\\[dDsSwW])-(?=[^\]])/g, "$1\\-"); // [\w-.]
  const found = [pattern, plain, outside, inside].find(isUnicodePattern);
  if (found === undefined) {
    warn(`pattern ${pattern} is no regular expression of JSON Schema (ECMA-262, Unicode) and not checked`);
  }
  return found;
}

/**
 * Whether a pattern of {@link unicodePattern} means the same without the Unicode flag, without which zod reads it: what can take
 * half of a character beyond U+FFFF must be repeated without a bound, so that it takes the other half as well.
 */
export function meansTheSameWithoutUnicode(pattern: string): boolean {
  if (!/^[\x00-\x7f]*$/.test(pattern) || /\\[pPuck]/.test(pattern)) return false;
  const wide = /\\[DSW]|\[\^(?:\\[^]|[^\]\\])*\]|\[(?:\\[^]|[^\]\\])*\\[DSW](?:\\[^]|[^\]\\])*\]|(?<!\\)(?:\\\\)*\./g;
  const withoutClasses = pattern.replaceAll(/\[(?!\^)(?:\\[^DSW]|[^\]\\])*\]/g, "x").replaceAll(/\\[^DSW]/g, "x");
  return [...withoutClasses.matchAll(wide)].every((match) => {
    return /^[*+]/.test(withoutClasses.slice(match.index + match[0].length));
  });
}

function isUnicodePattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}
