import type { Engine, EngineSyntax } from "./engine.ts";

/** What a shell that lives on knows between two lines: its variables, its functions, its folder, its last exit code. */
type ShellState = {
  readonly variables: string;
  readonly functions: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly exitCode: number;
};

const dumpPath = "/dev/shm/.sandglass";
// Of these the shell has its own at every start.
const own =
  /^declare -[a-zA-Z-]*r|^declare \S+ (?:BASH\w*|SHELLOPTS|EUID|UID|PPID|PWD|OLDPWD|OPTIND|IFS|PIPESTATUS|__sandglass|[^a-zA-Z][^=]*)=/;

/** The line that brings back what the shell knew, does the line that was given, and writes down what it knows then. */
export function continueShell(
  state: string,
  line: string,
): { readonly line: string; readonly cwd: string | undefined } {
  if (state === "") return { line: `${line}\n${dump}`, cwd: undefined };
  const { variables, functions, cwd, exitCode } = JSON.parse(state) as ShellState;
  const known = [variables, ...Object.values(functions), `(exit ${exitCode})`].join("\n");
  return { line: `${known}\n${line}\n${dump}`, cwd };
}

const dump = `__sandglass=$?; mkdir -p /dev/shm; { pwd; declare -p; } > ${dumpPath} 2>/dev/null; (exit $__sandglass)`;
export const shellDumpPath = dumpPath;

/** What a shell knows after a line, from what it wrote down. */
export function readShell(engine: Engine, before: string, line: string, written: string, exitCode: number): string {
  const { functions = {} } = (before === "" ? {} : JSON.parse(before)) as Partial<ShellState>;
  const [cwd = "/", ...rest] = written.split("\n");
  const variables = rest
    .join("\n")
    .split(/\n(?=declare -)/)
    .filter((each) => !own.test(each));
  const state: ShellState = {
    variables: variables.join("\n").trim(),
    functions: { ...functions, ...findFunctions(engine, line) },
    cwd,
    exitCode,
  };
  return JSON.stringify(state);
}

/** Whether a line is whole: one that ends within quotes or a group goes on. */
export function isWhole({ parse }: Pick<Engine, "parse">, line: string): boolean {
  try {
    parse(line);
    return true;
  } catch {
    return false;
  }
}

function findFunctions({ parse, serialize }: Engine, line: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (value: unknown, statement: EngineSyntax | undefined): void => {
    if (typeof value !== "object" || value === null) return;
    const node = value as EngineSyntax;
    if (node.type === "FunctionDef" && statement !== undefined) {
      const pipelines = (statement["pipelines"] as readonly object[]).slice(0, 1);
      const alone = { ...statement, pipelines: pipelines.map((pipeline) => ({ ...pipeline, commands: [node] })) };
      found[String(node["name"])] = serialize({ type: "Script", statements: [alone] });
      return; // what it defines itself, it defines when it is called
    }
    const within = node.type === "Statement" ? node : statement;
    for (const member of Object.values(node)) {
      if (Array.isArray(member)) for (const each of member) visit(each, within);
      else visit(member, within);
    }
  };
  visit(parse(line), undefined);
  return found;
}
