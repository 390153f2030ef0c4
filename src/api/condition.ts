/** @see https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339; moves only when `status` changes. */
  readonly lastTransitionTime: string;
}
