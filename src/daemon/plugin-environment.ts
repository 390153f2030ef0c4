/**
 * The variables of the daemon that plugins get: what programs need to find their way (search
 * path, home, language, time zone), certificates and proxies. Nothing else, since the daemon's
 * environment may hold secrets that are none of a plugin's business.
 */
const PASSED_ON = new Set([
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "JAVA_HOME",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
]);

export function pluginEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED_ON.has(entry[0]) || entry[0].startsWith("LC_")),
  );
  return Object.fromEntries(entries);
}
