import { Argument, Command } from "commander";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

/** The command `completion`: a script that lets a shell complete commands, their flags and the values that a flag may have. */
export function createCompletionCommand(programOf: () => Command): Command {
  return new Command("completion")
    .description("print a script that completes commands and flags in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText("after", examples)
    .action((shell: Shell) => {
      const words = wordsOf(programOf());
      process.stdout.write(
        shell === "fish" ? fishScript(words) : `${shell === "zsh" ? zshStart : ""}${bashScript(words)}`,
      );
    });
}

const examples = `
Examples:
  eval "$(sandglass completion bash)"      in ~/.bashrc
  eval "$(sandglass completion zsh)"       in ~/.zshrc
  sandglass completion fish > ~/.config/fish/completions/sandglass.fish`;

/** What may follow a command's name. */
type CommandWords = { readonly name: string; readonly summary: string; readonly words: readonly string[] };

function wordsOf(program: Command): readonly CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    words: [...command.options.flatMap(({ long, argChoices = [] }) => [long ?? "", ...argChoices]), "--help"],
  }));
}

// The functions of bash's completion are zsh's too, once it is told so.
const zshStart = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n";

function bashScript(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, words }) => `    ${name}) words="${words.join(" ")}" ;;`);
  return `_sandglass() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(" ")} --help --version"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sandglass sandglass
`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, summary, words }) => [
    `complete -c sandglass -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    `complete -c sandglass -n '__fish_seen_subcommand_from ${name}' -a '${words.join(" ")}'`,
  ]);
  return `${lines.join("\n")}\n`;
}
