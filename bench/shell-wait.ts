import { type Contestant, percentile } from "./measure.ts";

/** Commands that would never end, or fill the machine. Each ends at a limit of the mock. */
const hostile = [
  ":(){ :|:& };:",
  "yes",
  "while true; do :; done",
  "dd if=/dev/zero of=f bs=1M count=2048",
  "for i in $(seq 1 10000); do echo x > f$i; done",
  "x=aaaaaaaa; while true; do x=$x$x; done",
];
const headers = { "content-type": "application/json", "x-api-key": "sandglass-acme" };

/**
 * Milliseconds that others wait for the list of sandboxes, 95 times in 100: while hostile commands run, and at rest before each of
 * them, so that what else a machine does counts in both.
 */
export async function measureShellWait(
  { port }: Contestant,
  samplesAtRest: number,
): Promise<{ rest: number; busy: number }> {
  const url = `http://127.0.0.1:${port}/api/sandboxes`;
  const post = async (path: string, body: object) =>
    (await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })).json() as Promise<{
      sandboxID: string;
    }>;
  const sample = async (waits: number[]) => {
    const begin = performance.now();
    await (await fetch(url, { headers })).text();
    waits.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const { sandboxID } = await post("", {});
  const run = (cmd: string) => post(`/${sandboxID}/exec/run`, { cmd });
  await run("true"); // the shell has started
  const [rest, busy]: [number[], number[]] = [[], []];
  for (const [index, cmd] of hostile.entries()) {
    while (rest.length < (samplesAtRest * (index + 1)) / hostile.length) await sample(rest);
    let isDone = false;
    const running = run(cmd).finally(() => (isDone = true));
    while (!isDone) await sample(busy);
    await running;
  }
  return { rest: percentile(rest, 95), busy: percentile(busy, 95) };
}
