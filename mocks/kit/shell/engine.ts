// What of the shell engine is used. Its own types are not imported: the package that is published holds the engine as one file
// that was bundled, and installs none of it.

export type EngineResult = {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly stdoutKind?: "text" | "bytes";
};

export type EngineContext = {
  readonly fs: EngineFiles;
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  readonly stdin: string; // bytes
  readonly exec?: (
    line: string,
    options: { cwd: string; stdin?: string; stdinKind?: "bytes" },
  ) => Promise<EngineResult>;
  readonly origCommand?: (args: string[]) => Promise<EngineResult>;
};

export type EngineCommand = object;

type EngineMetadata = { readonly mode: number; readonly mtime: Date };

export type EngineFiles = {
  getAllPaths: () => string[];
  resolvePath: (base: string, path: string) => string;
  exists: (path: string) => Promise<boolean>;
  lstat: (path: string) => Promise<{
    readonly isFile: boolean;
    readonly isDirectory: boolean;
    readonly isSymbolicLink: boolean;
    readonly mode: number;
    readonly size: number;
    readonly mtime: Date;
  }>;
  readlink: (path: string) => Promise<string>;
  realpath: (path: string) => Promise<string>;
  readFileBuffer: (path: string) => Promise<Uint8Array>;
  writeFile: (path: string, content: string | Uint8Array) => Promise<void>;
  writeFileSync: (path: string, content: Uint8Array, encoding: undefined, metadata: EngineMetadata) => void;
  writeFileLazy: (path: string, read: () => Promise<Uint8Array>, metadata: EngineMetadata) => void;
  mkdir: (path: string, options: { recursive: boolean }) => Promise<void>;
  chmod: (path: string, mode: number) => Promise<void>;
  symlink: (target: string, path: string) => Promise<void>;
};

export type EngineSyntax = { readonly type: string } & Readonly<Record<string, unknown>>;

export type Engine = {
  readonly Bash: new (options: {
    fs: EngineFiles;
    cwd: string;
    env: Readonly<Record<string, string>>;
    customCommands: readonly EngineCommand[];
    commands: readonly string[];
    executionLimits: Readonly<Record<string, number>>;
    processInfo: Readonly<Record<string, number>>;
    sleep: (ms: number) => Promise<void>;
  }) => {
    exec: (
      line: string,
      options: { stdin: string; stdinKind: "bytes"; rawScript: true; signal: AbortSignal },
    ) => Promise<EngineResult>;
  };
  readonly InMemoryFs: new (files: object) => EngineFiles;
  readonly defineCommand: (
    name: string,
    execute: (args: string[], context: EngineContext) => Promise<EngineResult>,
  ) => EngineCommand;
  readonly getCommandNames: () => string[];
  readonly parse: (line: string) => EngineSyntax;
  readonly serialize: (script: EngineSyntax) => string;
};

const asPublished = "./engine.bundle.js"; // written by .ci/build.ts
const asInstalled = "just-bash";

/** Loads the engine: the package where sources run as they are, the bundle where they are published. */
export async function loadEngine(): Promise<Engine> {
  return (await import(import.meta.url.endsWith(".ts") ? asInstalled : asPublished)) as Engine;
}
