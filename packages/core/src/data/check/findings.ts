/** What can be wrong with a set, and what that means for training. */
export const FINDINGS = {
  "missing-mask": { severity: "error", title: "photo without mask" },
  "missing-image": { severity: "error", title: "mask without photo" },
  unreadable: { severity: "error", title: "cannot be read" },
  "size-mismatch": { severity: "error", title: "mask of another size" },
  "empty-mask": { severity: "warning", title: "empty mask" },
  "full-mask": { severity: "warning", title: "mask all subject" },
  "faint-mask": { severity: "warning", title: "mask never opaque" },
  "inverted-mask": { severity: "warning", title: "mask inverted?" },
  "stepped-mask": { severity: "warning", title: "mask of few greys: labels?" },
  "near-duplicate": { severity: "warning", title: "near-duplicate" },
  leak: { severity: "warning", title: "like one of the other set" },
} as const satisfies Readonly<Record<string, { severity: "error" | "warning"; title: string }>>;

export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  readonly kind: FindingKind;
  /** The sample, or the file. */
  readonly name: string;
  readonly detail: string;
}
