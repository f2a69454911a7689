/** One way in which a reference server of this kind can break its contract. */
export type ReferenceFault<Server> = {
  /** Where the contract says what is broken: an operation or an extension of its document, and what stands there. */
  readonly clause: string;
  /** Completes "a server that …". */
  readonly does: string;
  /** Changes one step of a server that has just been made. */
  readonly change: (server: Server) => void;
};

/** The faults of a contract, by ids that are worded and stay. */
export type ReferenceFaults<Server> = Readonly<Record<string, ReferenceFault<Server>>>;

/** Gives a server the fault of this id. */
export function addFault<Server>(faults: ReferenceFaults<Server>, id: string, server: Server): void {
  const fault = Object.hasOwn(faults, id) ? faults[id] : undefined;
  if (fault === undefined) throw new Error(`there is no fault "${id}", but: ${Object.keys(faults).join(", ")}`);
  fault.change(server);
}

/** The names of a server's methods. */
type StepName<Server> = {
  [Name in keyof Server]: Server[Name] extends (...given: never[]) => unknown ? Name : never;
}[keyof Server];

/** Replaces one method of a server by what `make` makes of it. */
export function replaceStep<Server, Name extends StepName<Server>>(
  server: Server,
  name: Name,
  make: (step: Server[Name]) => Server[Name],
): void {
  const step = server[name] as (...given: never[]) => unknown;
  server[name] = make(step.bind(server) as Server[Name]);
}
