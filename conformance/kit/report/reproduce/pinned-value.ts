/**
 * The counterexample of a finding as a value to judge again, where one was generated and is written down whole. Undefined
 * where the law generated nothing, or where a secret in it was masked: then only seed and path lead back to it.
 */
export function pinnedValue({
  path,
  counterexample,
}: {
  readonly path: string | null;
  readonly counterexample: unknown;
}): unknown {
  if (path === null || counterexample === null || counterexample === undefined) return undefined;
  return /\$SANDGLASS_\w/.test(JSON.stringify(counterexample)) ? undefined : counterexample;
}
