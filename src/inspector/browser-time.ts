/** Milliseconds since the page was opened. */
export function elapsedMs(): number {
  return performance.now();
}

/** Calls a function again and again, until what it returns is called. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  return () => clearInterval(timer);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
