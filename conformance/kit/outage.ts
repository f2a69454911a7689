import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** Stops a run from waiting again and again for answers that do not come. */
export type OutageWatch = {
  /**
   * Sends, and takes note of what comes of it.
   *
   * @throws {@link Unjudged} `unreachable` when the operation has been silent too often, or several have
   */
  readonly watch: <Value>(operation: string, send: () => Promise<Value>) => Promise<Value>;
};

/** An operation that leaves so many requests in a row without an answer is not asked again. */
const silencesMax = 2;
/** A target with so many such operations is taken to be down. */
const downMax = 3;

/** Creates a watch that knows of no outage. One request without an answer is a law's own trouble, and no more. */
export function createOutageWatch(): OutageWatch {
  const silences = new Map<string, number>();
  const downCount = () => [...silences.values()].filter((count) => count >= silencesMax).length;
  return {
    watch: async (operation, send) => {
      if (downCount() >= downMax) throw new Unjudged("unreachable", "the target has stopped answering");
      if ((silences.get(operation) ?? 0) >= silencesMax) {
        throw new Unjudged("unreachable", `${operation} has left ${silencesMax} requests in a row without an answer`);
      }
      try {
        const answer = await send();
        silences.delete(operation);
        return answer;
      } catch (error) {
        if (error instanceof EnvironmentTrouble) silences.set(operation, (silences.get(operation) ?? 0) + 1);
        throw error;
      }
    },
  };
}
