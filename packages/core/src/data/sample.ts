/**
 * How a mask's numbers are read: as opacity, 0 to 255; as class labels by number, of which any is subject but 0 and 255, the
 * pixels to ignore, which are background; or as classes by colour, of which any is subject, white too, but black and VOC's
 * void.
 */
export const MASK_VALUES = ["matte", "labels", "colours"] as const;

export type MaskValues = (typeof MASK_VALUES)[number];

interface Named {
  /**
   * The file's name without ending, below its subset's: `0001`, `DUTS-TR/ILSVRC2012_test_00000004`. Unique in its set: with
   * its ending where another photo differs in nothing else. Over all sets that `openData` opens it stands for one photo.
   */
  readonly name: string;
  readonly imagePath: string;
}

/** A photo and its mask. */
export interface PairSample extends Named {
  readonly kind: "pair";
  readonly maskPath: string;
  readonly maskValues: MaskValues;
}

/** A subject with its own alpha, to be laid on a background each time anew. */
export interface CutoutSample extends Named {
  readonly kind: "cutout";
  /** Where colour and alpha are two files (Adobe's composition sets); otherwise the picture has alpha itself. */
  readonly maskPath?: string;
}

/** A photo alone. */
export interface UnlabelledSample extends Named {
  readonly kind: "unlabelled";
}

/** What a set says of one training picture: where its files lie and what they are. */
export type Sample = PairSample | CutoutSample | UnlabelledSample;

/** A folder of training pictures, as it was understood. */
export interface Dataset {
  readonly path: string;
  /** How it was understood, in a sentence for people. */
  readonly said: string;
  /** As files lie in folders, by name; those of a list file as it lists them; of several sets, one after another. */
  readonly samples: readonly Sample[];
  /** Photos to compose cut-outs on that came with the set. */
  readonly backgrounds: readonly string[];
  /** Files that belong together with nothing. */
  readonly unpaired: {
    readonly images: readonly string[];
    readonly masks: readonly string[];
  };
}
