import type { Target } from "../../conformance/command.ts";
import type { Tenant } from "../../mocks/index.ts";

/** What a run is told of the callers of a world: a key, a stranger's, and accounts that the first may and may not act for. */
export type KnownCallers = Pick<Target, "key" | "otherKey" | "memberAccount" | "foreignAccount">;

/** The callers of a contract in a world of the mock, by its tenants. */
export function knownCallers(
  tenants: readonly Pick<Tenant, "contract" | "id" | "key" | "organisationId">[],
  contract: string,
): KnownCallers {
  const [first, ...others] = tenants.filter((tenant) => tenant.contract === contract);
  if (first === undefined) throw new Error(`the world has no tenant of ${contract}`);
  const isOfFirst = ({ organisationId }: (typeof others)[number]) => organisationId === first.organisationId;
  const stranger = others.find((tenant) => !isOfFirst(tenant));
  return {
    key: first.key,
    otherKey: stranger?.key,
    memberAccount: others.find(isOfFirst)?.id,
    foreignAccount: stranger?.id,
  };
}
