/** The sizes that a sandbox can have, in the order in which a size that is named alone finds its other half. */
export const tiers = [
  { cpuCount: 1, memoryMB: 1024 },
  { cpuCount: 1, memoryMB: 4096 },
  { cpuCount: 2, memoryMB: 8192 },
  { cpuCount: 4, memoryMB: 16384 },
] as const;

/** The tier that a valid request means. With neither number it is one core and 4096 MB. */
export function resolveTier({ cpuCount, memoryMB }: { cpuCount?: number; memoryMB?: number }): (typeof tiers)[number] {
  if (cpuCount === undefined && memoryMB === undefined) return tiers[1];
  return tiers.find(
    (tier) => (cpuCount ?? tier.cpuCount) === tier.cpuCount && (memoryMB ?? tier.memoryMB) === tier.memoryMB,
  )!;
}
