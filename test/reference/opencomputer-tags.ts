import { Fault, Members } from "./checks.ts";

const tagsMax = 50;
const keyLengthMax = 128;
const valueLengthMax = 256;

/** Reads a whole new set of tags. */
export function readTags(sent: unknown, lenient: boolean): Readonly<Record<string, string>> {
  const members = new Members(sent);
  const keys = members.names();
  if (keys.length > tagsMax) throw new Fault(`max ${tagsMax} tags per sandbox, got ${keys.length}`, []);
  return Object.fromEntries(
    keys.map((key) => {
      if (key.length < 1 || key.length > keyLengthMax) {
        members.fail(key, `tag key "${key}": length must be 1..${keyLengthMax}`);
      }
      if (!/^[A-Za-z0-9_.:-]+$/.test(key)) members.fail(key, `tag key "${key}" contains invalid characters`);
      if (key.startsWith("oc:")) members.fail(key, 'tag key prefix "oc:" is reserved');
      const value = members.needed(key, members.text(key));
      // Documented in characters, seen in bytes.
      const length = lenient ? [...value].length : Buffer.byteLength(value);
      if (length > valueLengthMax) members.fail(key, `tag value for "${key}": length must be <= ${valueLengthMax}`);
      return [key, value];
    }),
  );
}
