import { ApiError } from "./api-error.ts";
import { parseJson } from "./api-failure.ts";
import type { operations } from "../../generated/opencomputer/types.ts";
import type { CallOptions } from "./client-options.ts";
import type { OperationCall } from "./connection.ts";
import type {
  CommandHandle,
  CommandProgress,
  OpenComputerCommandResult,
  ExecSession,
  LogLine,
  LogQuery,
  OpenPty,
  PtySession,
  ResizePty,
  RunCommand,
  SandboxFile,
  SignedUrl,
} from "./opencomputer-types.ts";

/** What a client does inside a sandbox: commands and files. */
export function createInside(call: OperationCall<operations>) {
  const onPath = (id: string, path: string) => ({ path: { id }, query: { path } });
  return {
    /** Commands of a sandbox. Each wakes one that hibernates. */
    commands: {
      /**
       * Runs a command and gives what came of it, whatever its exit code is. Never sent twice.
       *
       * @param command - a line for the shell, or a program with its arguments, folder, environment and seconds that it has
       */
      run: (id: string, command: string | RunCommand, options?: CallOptions): Promise<OpenComputerCommandResult> =>
        call("runCommand", { path: { id }, body: toBody(command) }, options),
      /** Starts a command and gives its result where it ended at once, else what to ask by. Never sent twice. */
      start: (
        id: string,
        command: string | RunCommand,
        options?: CallOptions,
      ): Promise<OpenComputerCommandResult | CommandHandle> =>
        call("startCommand", { path: { id }, body: toBody(command) }, options),
      /** What is known of a command that was started. */
      result: (id: string, execId: string, options?: CallOptions): Promise<CommandProgress> =>
        call("getCommandResult", { path: { id, execId } }, options),
      /** What commands and sessions have printed so far, the oldest first. Wakes nothing. */
      log: async (id: string, query: LogQuery = {}, options?: CallOptions): Promise<LogLine[]> => {
        const sent = { path: { id }, query: { ...query, tail: "false" } };
        const text = new TextDecoder().decode(await call("readSandboxLogs", sent, options));
        return [...text.matchAll(/^data: (.*)$/gm)].map(([, line]) => readLine(line!));
      },
    },
    /** Programs whose input and output go over a WebSocket. */
    sessions: {
      /** Starts one. Never sent twice. */
      create: (id: string, command: RunCommand, options?: CallOptions): Promise<ExecSession> =>
        call("createExecSession", { path: { id }, body: command }, options),
      /** Those that run, and those that have ended lately. */
      list: (id: string, options?: CallOptions): Promise<ExecSession[]> =>
        call("listExecSessions", { path: { id } }, options),
      /** Ends one; one that has ended already too. */
      kill: (id: string, execId: string, options?: CallOptions): Promise<void> =>
        call("killExecSession", { path: { id, execId }, body: {} }, options),
    },
    /** Shells that are typed at, over a WebSocket. */
    terminals: {
      /** Opens one. Never sent twice. */
      open: (id: string, size?: OpenPty, options?: CallOptions): Promise<PtySession> =>
        call("createPty", { path: { id }, body: size ?? {} }, options),
      /** Gives one another size. */
      resize: (id: string, ptyId: string, size: ResizePty, options?: CallOptions): Promise<void> =>
        call("resizePty", { path: { id, ptyId }, body: size }, options),
      /** Closes one. */
      close: (id: string, ptyId: string, options?: CallOptions): Promise<void> =>
        call("deletePty", { path: { id, ptyId } }, options),
    },
    /** Files of a sandbox. Paths that do not begin with a slash are below `/home/sandbox`. */
    files: {
      /** Reads the bytes of a file. */
      read: (id: string, path: string, options?: CallOptions): Promise<Uint8Array> =>
        call("readFile", onPath(id, path), options),
      /** Reads a file as text. */
      readText: async (id: string, path: string, options?: CallOptions): Promise<string> =>
        new TextDecoder().decode(await call("readFile", onPath(id, path), options)),
      /** Writes a file, and makes the folders that it is in. */
      write: (id: string, path: string, content: string | Uint8Array | Blob, options?: CallOptions): Promise<void> =>
        call("writeFile", { ...onPath(id, path), content }, options),
      /** Lists a folder. */
      list: (id: string, path: string, options?: CallOptions): Promise<SandboxFile[]> =>
        call("listFiles", onPath(id, path), options),
      /** Removes a file, or a folder with all in it. */
      delete: (id: string, path: string, options?: CallOptions): Promise<void> =>
        call("deleteFile", onPath(id, path), options),
      /** Makes a folder, and those above it. */
      makeDirectory: (id: string, path: string, options?: CallOptions): Promise<void> =>
        call("makeDirectory", onPath(id, path), options),
      /** Makes a URL by which the file can be read without a key, for an hour or so many seconds. */
      downloadUrl: (id: string, path: string, expiresIn?: number, options?: CallOptions): Promise<SignedUrl> =>
        call("createDownloadUrl", { path: { id }, body: { path, expiresIn } }, options),
      /** Makes a URL by which the file can be written without a key, for an hour or so many seconds. */
      uploadUrl: (id: string, path: string, expiresIn?: number, options?: CallOptions): Promise<SignedUrl> =>
        call("createUploadUrl", { path: { id }, body: { path, expiresIn } }, options),
    },
  };
}

const toBody = (command: string | RunCommand): RunCommand => (typeof command === "string" ? { cmd: command } : command);

function readLine(text: string): LogLine {
  const line = parseJson(text);
  if (typeof line === "object" && line !== null) return line as LogLine;
  throw new ApiError("INVALID_ANSWER", "an event of the log holds no JSON object", { operation: "readSandboxLogs" });
}
