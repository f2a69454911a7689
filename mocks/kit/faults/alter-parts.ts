import type { Call, Handler, Parts } from "../exchange.ts";
import type { Fires } from "../fault.ts";

/** Whether a fault shows in one request: decided when it is first asked, and then kept to. */
export type Shows = () => boolean;

/** Wraps the handlers of some operations. */
export function wrapHandlers<P extends Parts<P>>(
  parts: P,
  operations: readonly string[],
  wrap: (inner: Handler<P>) => Handler<P>,
): P {
  const wrapped = operations.map((id) => [id, wrap(parts.handlers[id]!)] as const);
  return { ...parts, handlers: { ...parts.handlers, ...Object.fromEntries(wrapped) } };
}

/** Lets the handlers of some operations work with other parts, made anew for each request. */
export function alterParts<P extends Parts<P>>(
  parts: P,
  fires: Fires,
  operations: readonly string[],
  alter: (parts: P, shows: Shows, call: Call) => P,
): P {
  return wrapHandlers(
    parts,
    operations,
    (inner) => (call, whole) => inner(call, alter(whole, decideOnce(fires, call.operation.id), call)),
  );
}

/** Puts a decision off until it is asked for, and remembers it. */
export function decideOnce(fires: Fires, operationId: string): Shows {
  let decided: boolean | undefined;
  return () => (decided ??= fires(operationId));
}
