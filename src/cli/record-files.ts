import { closeSync, openSync, writeSync } from "node:fs";
import type { Recorder, RecordFormat } from "../../conformance/command.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { OptionFile } from "./option-files.ts";

/** Files that keep every exchange of a run. */
type RecordFiles = { readonly record: Recorder; readonly close: () => void };

/**
 * Opens the files of `--record`, and empties them.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a file that cannot be written
 */
export async function openRecordFiles(files: readonly OptionFile<RecordFormat>[]): Promise<RecordFiles> {
  const { recordWriters } = await import("../../conformance/command.ts");
  const opened = files.map(({ format, file }) => {
    const writer = recordWriters[format];
    const handle = open(file);
    writeSync(handle, writer.begin);
    return { writer, handle, isEmpty: true };
  });
  return {
    record: (entry) => {
      for (const each of opened) {
        const text = each.writer.format(entry);
        if (text === undefined) continue;
        writeSync(each.handle, `${each.isEmpty ? "" : each.writer.between}${text}`);
        each.isEmpty = false;
      }
    },
    close: () => {
      for (const { writer, handle, isEmpty } of opened) {
        writeSync(handle, isEmpty && writer.begin === "" ? "" : writer.end);
        closeSync(handle);
      }
    },
  };
}

function open(file: string): number {
  try {
    return openSync(file, "w", 0o600);
  } catch (cause) {
    const message = `${file} cannot be written: name a file in a folder that exists`;
    throw new ContractError("CONFIG_INVALID", message, { cause });
  }
}
