import { z } from "zod";
import { contracts } from "./contracts.ts";
import { clockChange, inputsOf } from "./inputs.ts";

/** The JSON Schema of `sandglass.config.*`, for editors. */
export function formatConfigSchema(): object {
  return z.toJSONSchema(inputsOf(contracts).config, { io: "input" });
}

/** All that the control API is given, as an overlay of its document: made of the schemas that judge it. */
export function formatControlOverlay(): object {
  const inputs = inputsOf(contracts);
  const { faults } = inputs;
  const ids = faults.map(({ id }) => id);
  const aliases = faults.flatMap(({ alias }) => alias ?? []);
  const named: Readonly<Record<string, z.ZodType>> = {
    ClockChange: clockChange,
    Contract: inputs.contract,
    Expectation: inputs.expectation,
    FaultAlias: z.enum([...new Set(aliases)]).describe("Short name of a fault, accepted wherever its id is."),
    FaultId: z.enum([...new Set(ids)]).describe("Name of a fault that there is."),
    FaultSetting: inputs.fault,
    FaultSettings: inputs.faultSettings,
    JournalledOperation: inputs.journalled,
    NewWorld: inputs.world,
    Operation: inputs.operation,
    Profiles: inputs.profiles,
    Settings: inputs.allSettings,
    SettingsChange: inputs.settings,
    Snapshot: inputs.snapshot,
    Tenant: inputs.tenant,
  };
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/components/schemas/${id}` });
  const update = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  );
  return {
    overlay: "1.0.0",
    info: { title: "What the control API is given", version: "1.0.0" },
    actions: [
      {
        target: "$.components.schemas",
        description: "Adds what the mock is given, as the schemas of its contracts judge it.",
        update,
      },
    ],
  };
}
