import { ContractError } from "../contract/contract-error.ts";

/** A file to write, and its form. */
export type OptionFile<Format extends string> = { readonly format: Format; readonly file: string };

/**
 * Reads forms and files as options have them: `json=out.json,junit=out.xml`.
 *
 * @param option - its name, for the error
 * @throws {@link ContractError} `CONFIG_INVALID` for a form that there is not, or one without a file
 */
export function parseOptionFiles<Format extends string>(
  option: string,
  text: string,
  { formats, example }: { readonly formats: readonly Format[]; readonly example: string },
): readonly OptionFile<Format>[] {
  return text.split(",").map((part) => {
    const [name = "", ...rest] = part.split("=");
    const format = formats.find((candidate) => candidate === name.trim());
    const file = rest.join("=").trim();
    if (format !== undefined && file !== "") return { format, file };
    const hint = `write a form and a file, such as ${example}; the forms are ${formats.join(", ")}`;
    throw new ContractError("CONFIG_INVALID", `${option} ${part}: ${hint}`);
  });
}
