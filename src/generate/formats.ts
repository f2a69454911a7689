import { z } from "zod";

const uriCharacter = String.raw`(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=\-[\]]|%[0-9A-Fa-f]{2})`;
const mailWord = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";

/** Formats of which both libraries have a reading of their own, as the one pattern that both are given instead. */
export const formatPatterns: Readonly<Record<string, string>> = {
  email: `^${mailWord}(?:\\.${mailWord})*@(?:${label}\\.)+${label}$`,
  ipv4: z.regexes.ipv4.source,
  uri: `^[A-Za-z][A-Za-z0-9+.-]*:${uriCharacter}*$`,
  "uri-reference": `^${uriCharacter}*$`,
  uuid: "^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$",
};

/** Formats that stay formats to zod; the validators are given zod's reading of them. */
export const zodFormats: Readonly<Record<string, RegExp>> = {
  date: z.regexes.date,
  "date-time": z.regexes.datetime({ offset: true }),
};
