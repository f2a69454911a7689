/** A way in which a key is almost right. */
type NearMiss = {
  readonly what: string; // completes "the key …"
  readonly name: string; // of a shell variable, after the key's own
  readonly make: (key: string) => string;
  /** The same for a shell, of the value of a variable. */
  readonly shell: (variable: string) => string;
};

/** What a careless comparison of keys overlooks: letter case, the end, the beginning. */
export const nearMisses: readonly NearMiss[] = [
  {
    what: "in upper case",
    name: "UPPER_CASE",
    make: (key) => key.toUpperCase(),
    shell: (key) => `$(printf %s "$${key}" | tr a-z A-Z)`,
  },
  {
    what: "in lower case",
    name: "LOWER_CASE",
    make: (key) => key.toLowerCase(),
    shell: (key) => `$(printf %s "$${key}" | tr A-Z a-z)`,
  },
  { what: "with a character after it", name: "LONGER", make: longer, shell: (key) => `\${${key}}0` },
  {
    what: "without its last character",
    name: "SHORTER",
    make: (key) => key.slice(0, -1),
    shell: (key) => `\${${key}%?}`,
  },
  {
    what: "without its first character",
    name: "BEHEADED",
    make: (key) => key.slice(1),
    shell: (key) => `\${${key}#?}`,
  },
];

/** Shorter keys are guessed rather than missed: what is almost such a key may well stand in every text. */
const charactersMin = 8;

/** The key that this near miss makes of a real one; where it makes the same or next to nothing, one that is longer. */
export function missKey({ make }: NearMiss, key: string): string {
  const made = make(key);
  return key.length < charactersMin || made === key ? longer(key) : made;
}

/**
 * The near misses of a key as secrets, since they give it away: for a mask, key to the name of a variable.
 *
 * @param variable - the name of the key's own
 */
export function nearMissSecrets(key: string, variable: string): Readonly<Record<string, string>> {
  return Object.fromEntries(nearMisses.map((near) => [missKey(near, key), `${variable}_${near.name}`]));
}

/** How a shell makes a near miss of the key that it has; undefined for a variable that is none. */
export function nearMissForShell(variable: string): { readonly key: string; readonly value: string } | undefined {
  const near = nearMisses.find(({ name }) => variable.endsWith(`_${name}`));
  if (near === undefined) return undefined;
  const key = variable.slice(0, -near.name.length - 1);
  return { key, value: near.shell(key) };
}

/**
 * A key of the same form that no server knows: as long, with the same first characters and the same signs, and none of the
 * rest. A URL may have it, which ends up in logs; a near miss would give the key away there.
 *
 * @param filling - letters and digits to make it of
 */
export function lookalike(key: string, filling: string): string {
  const signs = filling.replaceAll(/[^a-z0-9]/gi, "");
  const begun = /^[a-z]{2,8}[_-]/i.exec(key)?.[0].length ?? 0;
  return key.replaceAll(/[a-z0-9]/gi, (character, at: number) =>
    at < begun || signs === "" ? character : signs[at % signs.length]!,
  );
}

function longer(key: string): string {
  return `${key}0`;
}
