import type { Handler } from "./exchange.ts";

/**
 * Handlers whose module is loaded with the first request to one of them: a mock that is asked for none of them starts
 * sooner.
 */
export function later<P, const Name extends string>(
  load: () => Promise<Readonly<Record<Name, Handler<P>>>>,
  names: readonly Name[],
): Record<Name, Handler<P>> {
  const handlers = names.map((name) => {
    const handler: Handler<P> = async (call, parts) => (await load())[name](call, parts);
    return [name, handler] as const;
  });
  return Object.fromEntries(handlers) as Record<Name, Handler<P>>;
}
