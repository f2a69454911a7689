import { type Measured, median } from "./measure.ts";

export function print(name: string, figure: string, note: string): void {
  process.stdout.write(`${name.padEnd(30)} ${figure.padStart(14)}   ${note}\n`);
}

export function printRatio(name: string, above: readonly number[], below: readonly number[], aim: string): void {
  const ratios = above.map((figure, at) => figure / below[at]!);
  print(name, median(ratios).toFixed(2), `${spread(ratios, 2)}; ${aim}`);
}

export function spread(values: readonly number[], digits = 0): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}

export function rates(measured: readonly Measured[]): number[] {
  return measured.map(({ perSecond }) => perSecond);
}

export function costs(measured: readonly Measured[]): number[] {
  return measured.map(({ cpuMicros }) => cpuMicros);
}
