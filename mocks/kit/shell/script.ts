/** What a scripted command does in the place of the real one. */
export type CommandScript = {
  /** What it writes to standard output; nothing by default. */
  readonly stdout?: string;
  /** What it writes to standard error; nothing by default. */
  readonly stderr?: string;
  /** Its exit code; 0 by default. */
  readonly exitCode?: number;
  /** How long it takes by the world's clock, in milliseconds; 0 by default. */
  readonly durationMs?: number;
  /** The port that it listens on where its command line names none. It does not end by itself, and serves the files of its folder. */
  readonly listens?: number;
  /** Files that it writes, by path; those that do not begin with a slash are below its folder. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A scripted command, and the command lines that it stands for: words, and `*` for any text. */
export type ScriptedCommand = CommandScript & {
  /** Such as `npm test` or `git commit *`. */
  readonly pattern: string;
};

/** The first script that stands for a command line: a program and its arguments, with one blank between them. */
export function findScript(scripts: readonly ScriptedCommand[], line: string): ScriptedCommand | undefined {
  return scripts.find(({ pattern }) => matchesPattern(pattern, line));
}

/** The programs that scripts stand for: the first word of each pattern. */
export function listPrograms(scripts: readonly ScriptedCommand[]): string[] {
  return [...new Set(scripts.map(({ pattern }) => pattern.trim().split(/\s+/)[0]!))].filter((name) => name !== "*");
}

// Piece by piece and never back: the time is linear in the line for each star.
function matchesPattern(pattern: string, line: string): boolean {
  const [head = "", ...rest] = pattern.trim().split("*");
  // "npm install *" stands for "npm install" too.
  if (rest.length === 1 && rest[0] === "" && head.endsWith(" ") && line === head.trimEnd()) return true;
  if (rest.length === 0) return line === head;
  if (!line.startsWith(head)) return false;
  const tail = rest.pop()!;
  let at = head.length;
  for (const piece of rest) {
    const found = line.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return line.length - tail.length >= at && line.endsWith(tail);
}

const quiet = (...patterns: string[]): ScriptedCommand[] => patterns.map((pattern) => ({ pattern }));
const prints = (pattern: string, stdout: string, durationMs?: number): ScriptedCommand => ({
  pattern,
  stdout: `${stdout}\n`,
  ...(durationMs === undefined ? {} : { durationMs }),
});

const serves = (pattern: string, listens: number, stdout: string): ScriptedCommand => ({
  pattern,
  listens,
  stdout: `${stdout}\n`,
});

/** What stands for common commands that the shell lacks, where no script of the caller's does. */
export const usualScripts: readonly ScriptedCommand[] = [
  prints("uname", "Linux"),
  prints("uname -a", "Linux sandbox 6.1.0 #1 SMP x86_64 GNU/Linux"),
  prints("uname -m", "x86_64"),
  prints("uname -r", "6.1.0"),
  prints("uname *", "Linux"),
  prints("arch", "x86_64"),
  prints("nproc", "1"),
  prints("id", "uid=1000(sandbox) gid=1000(sandbox) groups=1000(sandbox)"),
  prints("id -u", "1000"),
  prints("id *", "sandbox"),
  prints("whoami", "sandbox"),
  prints("groups", "sandbox"),
  prints("tty", "not a tty"),
  prints("uptime", " 12:00:00 up 1 min,  0 users,  load average: 0.00, 0.00, 0.00"),
  prints("ps *", "    PID TTY          TIME CMD\n      1 ?        00:00:00 bash"),
  prints(
    "df *",
    "Filesystem     1K-blocks  Used Available Use% Mounted on\n/dev/vda        20971520  1024  20970496   1% /",
  ),
  prints("free *", "               total        used        free\nMem:         4194304      262144     3932160"),
  {
    pattern: "agent *",
    stdout: "Plan:\n1. Look at the files.\n2. Write NOTES.md.\nDone: NOTES.md is written.\n",
    files: { "NOTES.md": "# Notes\n\nWritten by the scripted agent.\n" },
    durationMs: 500,
  },
  prints("rg --version", "ripgrep 14.1.0"),
  prints("git --version", "git version 2.43.0"),
  {
    pattern: "git init *",
    stdout: "Initialized empty Git repository in .git/\n",
    files: { ".git/HEAD": "ref: refs/heads/main\n" },
  },
  {
    pattern: "git clone *",
    stderr: "Cloning into 'repository'...\n",
    files: { "repository/README.md": "# repository\n" },
    durationMs: 300,
  },
  prints("git status *", "On branch main\nnothing to commit, working tree clean"),
  prints("git rev-parse --abbrev-ref HEAD", "main"),
  prints("git rev-parse *", "0123456789abcdef0123456789abcdef01234567"),
  prints("git branch *", "* main"),
  prints("git commit *", "[main 0123456] commit"),
  ...quiet(
    "git add *",
    "git config *",
    "git checkout *",
    "git switch *",
    "git diff *",
    "git log *",
    "git push *",
    "git pull *",
  ),
  ...quiet("git fetch *", "git remote *", "git stash *", "git tag *"),
  prints("node --version", "v22.18.0"),
  prints("node -v", "v22.18.0"),
  prints("npm --version", "11.5.1"),
  prints("npm -v", "11.5.1"),
  prints("npm install *", "\nadded 1 package in 1s", 1000),
  prints("npm ci *", "\nadded 1 package in 1s", 1000),
  prints("npm test *", "\n> test\n\nall tests passed", 200),
  serves("npm run dev *", 5173, "\n> dev\n\n  ready"),
  serves("npm start *", 3000, "\n> start\n\n  ready"),
  serves("npx vite *", 5173, "\n  ready"),
  serves("npx serve *", 3000, "Serving!"),
  serves("npx http-server *", 8080, "Starting up http-server"),
  serves("python3 -m http.server *", 8000, "Serving HTTP on 0.0.0.0"),
  serves("python -m http.server *", 8000, "Serving HTTP on 0.0.0.0"),
  ...quiet("pkill *", "killall *"),
  prints("npm run *", "\n> done", 200),
  prints("npm init *", "Wrote to package.json"),
  prints("npx --version", "11.5.1"),
  prints("python3 --version", "Python 3.12.3"),
  prints("python3 -V", "Python 3.12.3"),
  prints("python --version", "Python 3.12.3"),
  prints("pip install *", "Successfully installed", 1000),
  prints("pip3 install *", "Successfully installed", 1000),
  prints("pip --version", "pip 24.0"),
  prints("apt-get update *", "Reading package lists... Done", 500),
  prints("apt-get install *", "Reading package lists... Done\nSetting up packages ...", 1000),
  prints("apt update *", "All packages are up to date.", 500),
  prints("apt install *", "Setting up packages ...", 1000),
  prints("make *", "make: nothing to be done"),
  prints("systemctl is-active *", "active"),
  prints("systemctl status *", "● service - loaded, active (running)"),
  ...quiet("systemctl *", "service *", "chown *", "chgrp *", "sync", "ulimit *", "stty *"),
];
