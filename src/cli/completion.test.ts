import { execFileSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { runProgram } from "./program.ts";

async function scriptFor(shell: string): Promise<string> {
  const out: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  await runProgram(["completion", shell]);
  write.mockRestore();
  return out.join("");
}

test.each([
  [["sandglass", "con"], ["conform"]],
  [
    ["sandglass", "conform", "--own"],
    ["--own-world", "--own-account"],
  ],
  [["sandglass", "mock", "--lo"], ["--log"]],
  [["sandglass", "mock", "js"], ["json"]],
])("in bash %j becomes %j", async (words, expected) => {
  const script = `${await scriptFor("bash")}
COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _sandglass; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split(" ")).toEqual(expected);
});

test("zsh is told to take bash's functions, and fish has lines of its own", async () => {
  expect(await scriptFor("zsh")).toMatch(/^autoload[^]*bashcompinit[^]*complete -o default -F _sandglass sandglass\n$/);
  expect(await scriptFor("fish")).toMatch(
    /^complete -c sandglass -n '__fish_seen_subcommand_from conform' -a '.*--own-world.*'$/m,
  );
});
