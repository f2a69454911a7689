import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import { call } from "./control-api.ts";

/** What the page may do to the world that it shows; a refusal is told in one place. */
export type Actions = {
  readonly world: string;
  /** Calls the control API about this world. Undefined where it was refused. */
  readonly change: <T>(method: string, path: string, body?: unknown) => Promise<T | undefined>;
  readonly say: (message: string) => void;
};

export const ActionsContext = createContext<Actions | undefined>(undefined);

export function useActions(): Actions {
  return useContext(ActionsContext)!;
}

export function createActions(world: string, say: (message: string) => void): Actions {
  return {
    world,
    say,
    change: async <T,>(method: string, path: string, body?: unknown) => {
      try {
        const answer = await call<T>(method, `/worlds/${world}${path}`, body);
        say("");
        return answer;
      } catch (error) {
        say((error as Error).message);
        return undefined;
      }
    },
  };
}

/** A button that copies a text, and says so. */
export function Copy({ label, text }: { readonly label: string; readonly text: () => string }) {
  const [copied, setCopied] = useState(false);
  const { say } = useActions();
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setCopied(true),
      () => say(`this browser lets no page copy here: ${text()}`),
    );
  return (
    <button type="button" onClick={() => void copy()} onBlur={() => setCopied(false)}>
      {copied ? "Copied" : label}
    </button>
  );
}
