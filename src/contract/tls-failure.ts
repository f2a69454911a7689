/**
 * What a failed TLS handshake means, in words that say what to do; the platform has a line of OpenSSL's source for it.
 *
 * @param error - what a request failed with; its causes are looked at too
 * @returns `undefined` for any other failure
 */
export function describeTlsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  const found = typeof code === "string" ? meanings.find(([pattern]) => pattern.test(code)) : undefined;
  return found === undefined ? describeTlsFailure(error.cause) : `${found[1]}; ${String(code)}`;
}

const meanings: readonly (readonly [RegExp, string])[] = [
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/, "what listens there speaks no TLS: write http://"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another host name: write the one that it is for"],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "its certificate is not valid today: renew it, or mend this machine's clock"],
  [
    /SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET_ISSUER)/,
    "its certificate is not trusted here: name its authority's file in NODE_EXTRA_CA_CERTS",
  ],
  [
    /^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE)$/,
    "it takes no connection without a certificate that it trusts",
  ],
  [/^ERR_SSL_/, "no TLS connection came about: look at the server's certificate and versions of TLS"],
];
