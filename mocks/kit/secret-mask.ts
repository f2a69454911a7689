const masked = "***";

const secretHeaders = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$|token|secret|password|api-?key/i;
const secretNames = /^(?:previewAuth|key)$|(?:token|secret|password|api[_-]?key|_key)$/i;

/** The value of a header as it may be shown; addresses lose the secrets of their query alone. */
export function maskHeader(name: string, value: string): string {
  return secretHeaders.test(name) ? masked : maskUrl(value);
}

/** An address, or a text with one, whose query shows no secret and whose host shows no password. */
export function maskUrl(url: string): string {
  return url
    .replace(/(:\/\/)[^/?#@\s]*@/g, `$1${masked}@`)
    .replace(/([?&;])([^=&;#\s]{1,200})=[^&;#\s]*/g, (pair, before: string, name: string) =>
      secretNames.test(decode(name)) ? `${before}${name}=${masked}` : pair,
    );
}

// A member whose value is a string, a scalar or a flat list, however the text ends: it may be cut off, or be no JSON. Each
// part is bounded or cannot match in two ways, so the time stays in proportion to the text.
const member =
  /"((?:[^"\\]|\\.){0,64})"(\s{0,100}:\s{0,100})("(?:[^"\\]|\\[^])*(?:"|\\?$)|\[[^[\]{}]*(?:\]|$)|[^\s"[\]{},]+)/g;

/** A JSON text, whole or broken, in which the values of secret members are hidden. */
export function maskJsonText(text: string): string {
  return text.replace(member, (pair, name: string, colon: string) =>
    secretNames.test(unescape(name)) ? `"${name}"${colon}"${masked}"` : pair,
  );
}

function unescape(name: string): string {
  if (!name.includes("\\")) return name;
  try {
    return JSON.parse(`"${name}"`) as string;
  } catch {
    return name;
  }
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
