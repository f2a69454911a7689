import type { TenantTemplate } from "../kit/universe.ts";

/** Who every world knows: two organisations with nothing in common. */
export const tenants: readonly TenantTemplate[] = [
  { contract: "opencomputer", name: "acme", organisation: "acme", id: "acce0000-0000-4000-8000-000000000001" },
  { contract: "opencomputer", name: "globex", organisation: "globex", id: "910be000-0000-4000-8000-000000000002" },
];
