import type { TenantTemplate } from "../kit/universe.ts";

/** The tenants of every world: Ada and Bob of one organisation, and Eve of another. */
export const tenants: readonly TenantTemplate[] = [
  {
    contract: "recoup",
    name: "ada",
    organisation: "records",
    id: "ada00000-0000-4000-8000-000000000001",
    organisationId: "0c000000-0000-4000-8000-000000000001",
  },
  {
    contract: "recoup",
    name: "bob",
    organisation: "records",
    id: "b0b00000-0000-4000-8000-000000000002",
    organisationId: "0c000000-0000-4000-8000-000000000001",
  },
  {
    contract: "recoup",
    name: "eve",
    organisation: "others",
    id: "e7e00000-0000-4000-8000-000000000003",
    organisationId: "0c000000-0000-4000-8000-000000000002",
  },
];
