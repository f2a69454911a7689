const kib = 1024;
const mib = 1024 * kib;

/** What the sandboxes of one process may use. Each limit that is reached ends what reached it, and says so. */
export type ShellLimits = {
  readonly workersMax: number; // commands that compute at once; others wait
  readonly waitingMax: number; // commands that wait for a worker
  readonly processesMax: number; // commands and sessions of one sandbox at once
  readonly computingMsMax: number; // real time that one command computes; what it sleeps is not in it
  readonly commandsMax: number; // steps and loop turns of one command
  readonly outputBytesMax: number; // of both streams of one command
  readonly filesMax: number; // files, folders and links of one sandbox
  readonly bytesMax: number; // in the files of one sandbox
  readonly bytesOfAllMax: number; // in the files of all sandboxes
  readonly memoryMiBMax: number; // of one worker
};

/** The limits of a mock. */
export const usualLimits: ShellLimits = {
  workersMax: 2,
  waitingMax: 256,
  processesMax: 64,
  computingMsMax: 10_000,
  commandsMax: 100_000,
  outputBytesMax: 4 * mib,
  filesMax: 8_192,
  bytesMax: 256 * mib,
  bytesOfAllMax: 1024 * mib,
  memoryMiBMax: 512,
};
