import { expect, test } from "vitest";
import { matchByName } from "./match-pairs.js";

test.each<[what: string, images: string[], masks: string[], pairs: string[]]>([
  [
    "the exact name goes before one without suffix",
    ["beach-photo.jpg", "beach.jpg"],
    ["beach.png"],
    ["beach: beach.jpg beach.png"],
  ],
  ["of masks too", ["car.jpg"], ["car gt.png", "car.png"], ["car: car.jpg car.png"]],
  [
    "a mask's suffix alone goes before a suffix on both sides",
    ["beach-photo.jpg", "beach.jpg"],
    ["beach_mask.png"],
    ["beach: beach.jpg beach_mask.png"],
  ],
  [
    "each suffix that is of use",
    ["a_image.jpg", "b_rgb.jpg", "c.jpg"],
    ["a_mask.png", "b.png", "c-gt.png"],
    ["a_image: a_image.jpg a_mask.png", "b_rgb: b_rgb.jpg b.png", "c: c.jpg c-gt.png"],
  ],
  [
    "a mask with its photo's ending",
    ["x.jpg", "y.JPEG", "z.jpg", "v1.2.jpg"],
    ["x.jpg.png", "y.JPEG_mask.png", "z_mask.jpg.png", "v1.2.png"],
    ["x: x.jpg x.jpg.png", "y: y.JPEG y.JPEG_mask.png", "z: z.jpg z_mask.jpg.png", "v1.2: v1.2.jpg v1.2.png"],
  ],
])("%s", (_, images, masks, pairs) => {
  const matched = matchByName(
    "i",
    images.map((name) => `i/${name}`),
    "m",
    masks.map((name) => `m/${name}`),
  );
  expect(matched.pairs.map(({ name, image, mask }) => `${name}: ${image.slice(2)} ${mask.slice(2)}`)).toEqual(
    pairs,
  );
  expect(matched.images).toHaveLength(images.length - pairs.length);
  expect(matched.masks).toHaveLength(masks.length - pairs.length);
});
