import type { Endpoint } from "../../client/access-client.ts";

/**
 * A kubeconfig for one daemon, as YAML.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function kubeconfigText(
  { server, certificateAuthority }: Endpoint,
  { name, token }: { readonly name: string; readonly token: string },
): string {
  const authority = Buffer.from(certificateAuthority).toString("base64");
  return `apiVersion: v1
kind: Config
current-context: portunix
clusters:
- name: portunix
  cluster:
    server: ${server}
    certificate-authority-data: ${authority}
contexts:
- name: portunix
  context:
    cluster: portunix
    namespace: default
    user: ${JSON.stringify(name)}
users:
- name: ${JSON.stringify(name)}
  user:
    token: ${token}
`;
}
