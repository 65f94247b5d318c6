import type { ErrorFacts } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { Session } from "./session.js";

/** To the thread that holds a session. It answers each with one {@link Answer}, in order. */
export type Request<Options> =
  | { readonly kind: "create"; readonly model: string | Uint8Array; readonly options: Options }
  | {
      readonly kind: "run";
      readonly feeds: Readonly<Record<string, TensorData>>;
      readonly outputs: readonly string[];
    }
  | { readonly kind: "dispose" };

/** What a session tells of itself. */
export type SessionFacts = Pick<Session, "inputs" | "outputs" | "provider" | "reason">;

export type Answer =
  | { readonly kind: "created"; readonly session: SessionFacts }
  | { readonly kind: "outputs"; readonly outputs: Record<string, TensorData> }
  | { readonly kind: "disposed" }
  /** Errors cross as facts. */
  | { readonly kind: "failed"; readonly facts: ErrorFacts };
