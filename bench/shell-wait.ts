import { type Contestant, percentile } from "./measure.ts";

/** Commands that would never end, or fill the machine. Each ends at a limit of the mock. */
const hostile: Readonly<Record<string, string>> = {
  "a fork bomb": ":(){ :|:& };:",
  yes: "yes",
  "cat /dev/zero": "cat /dev/zero",
  "while true": "while true; do :; done",
  "2 GB in a file": "dd if=/dev/zero of=f bs=1M count=2048",
  "10,000 files": "for i in $(seq 1 10000); do echo x > f$i; done",
  "a 10 MB regular expression": "grep -E -f pattern /etc/passwd",
  "a text that doubles": "x=aaaaaaaa; while true; do x=$x$x; done",
};
const patternBytes = 10_000_000;
const headers = { "content-type": "application/json", "x-api-key": "sandglass-acme" };

/** What became of a hostile command: how long it took to end, what it said last, and how long others waited meanwhile. */
export type EndedCommand = {
  readonly name: string;
  readonly tookMs: number;
  readonly said: string;
  readonly waitsMs: readonly number[];
};

/**
 * Milliseconds that others wait for the list of sandboxes, 95 times in 100: while hostile commands run, and at rest before each of
 * them, so that what else a machine does counts in both.
 */
export async function measureShellWait(
  { port }: Contestant,
  samplesAtRest: number,
): Promise<{ rest: number; busy: number; ended: readonly EndedCommand[] }> {
  const url = `http://127.0.0.1:${port}/api/sandboxes`;
  const post = async (path: string, body: object) =>
    (await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })).json() as Promise<{
      sandboxID: string;
      stderr: string;
    }>;
  const sample = async (waits: number[]) => {
    const begin = performance.now();
    await (await fetch(url, { headers })).text();
    waits.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const { sandboxID } = await post("", {});
  const run = (cmd: string) => post(`/${sandboxID}/exec/run`, { cmd });
  const pattern = { method: "PUT", headers: { "x-api-key": headers["x-api-key"] }, body: "a".repeat(patternBytes) };
  await fetch(`${url}/${sandboxID}/files?path=pattern`, pattern);
  await run("true"); // the shell has started
  const rest: number[] = [];
  const ended: EndedCommand[] = [];
  const commands = Object.entries(hostile);
  for (const [index, [name, cmd]] of commands.entries()) {
    while (rest.length < (samplesAtRest * (index + 1)) / commands.length) await sample(rest);
    let isDone = false;
    const waitsMs: number[] = [];
    const begin = performance.now();
    const running = run(cmd).finally(() => (isDone = true));
    while (!isDone) await sample(waitsMs);
    const said = (await running).stderr.trim().split("\n").at(-1) ?? "";
    ended.push({ name, tookMs: performance.now() - begin, said, waitsMs });
  }
  const busy = ended.flatMap(({ waitsMs }) => waitsMs);
  return { rest: percentile(rest, 95), busy: percentile(busy, 95), ended };
}
