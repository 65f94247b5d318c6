/** A minimal ICC version 2 display profile (ICC.1:2001-04): a matrix and one gamma for all, or one grey curve. */
export interface ProfileDescription {
  readonly name: string;
  readonly gamma: number;
  /** XYZ of the primaries, adapted to D50: one row each for red, green and blue. Without it the profile is grey. */
  readonly primaries?: readonly (readonly [number, number, number])[];
}

/** Adobe RGB (1998), section 4.3.5.3 and annex B: gamma 563/256, primaries adapted to D50. */
export const ADOBE_RGB: ProfileDescription = {
  name: "Adobe RGB (1998)",
  gamma: 563 / 256,
  primaries: [
    [0.60974, 0.31111, 0.01947],
    [0.20528, 0.62567, 0.06087],
    [0.14919, 0.06322, 0.74457],
  ],
};

/** A grey profile that is far from sRGB's curve. */
export const GREY_GAMMA_18: ProfileDescription = { name: "Dot gain like gamma 1.8", gamma: 1.8 };

const LICENCE = Uint8Array.from("text\0\0\0\0CC0", (c) => c.charCodeAt(0));

const D50 = [0.9642, 1, 0.8249] as const;

export function buildProfile({ name, gamma, primaries }: ProfileDescription): Uint8Array {
  const space = primaries === undefined ? "GRAY" : "RGB ";
  const curve = bytes(14, (view) => {
    text(view, 0, "curv");
    view.setUint32(8, 1);
    view.setUint16(12, Math.round(gamma * 256)); // u8Fixed8
  });
  const tags: [signature: string, data: Uint8Array][] = [
    ["desc", description(name)],
    ["cprt", LICENCE],
    ["wtpt", xyz(D50)],
  ];
  if (primaries === undefined) tags.push(["kTRC", curve]);
  else
    primaries.forEach((primary, i) => {
      tags.push([`${"rgb"[i]!}XYZ`, xyz(primary)], [`${"rgb"[i]!}TRC`, curve]);
    });

  return assemble({ kind: "mntr", space, connection: "XYZ " }, tags);
}

/**
 * A CMYK profile that no press has: lightness is what black ink leaves, L* = 100 · (1 − K), and the other inks do
 * not show. By a table of two points for each ink (lut8Type).
 */
export function buildBlackOnlyCmykProfile(): Uint8Array {
  const ramp = Uint8Array.from({ length: 256 }, (_, i) => i);
  const corners = Array.from({ length: 16 }, (_, inks) => [inks & 1 ? 0 : 255, 128, 128]).flat();
  const table = bytes(48 + 4 * 256 + corners.length + 3 * 256, (view) => {
    text(view, 0, "mft1");
    [4, 3, 2].forEach((count, i) => {
      view.setUint8(8 + i, count); // inks, Lab, points
    });
    [0, 4, 8].forEach((diagonal) => {
      view.setInt32(12 + 4 * diagonal, 65536);
    });
  });
  table.set([...ramp, ...ramp, ...ramp, ...ramp, ...corners, ...ramp, ...ramp, ...ramp], 48);
  return assemble({ kind: "prtr", space: "CMYK", connection: "Lab " }, [
    ["desc", description("Black only")],
    ["cprt", LICENCE],
    ["wtpt", xyz(D50)],
    ["A2B0", table],
  ]);
}

function assemble(
  header: { readonly kind: string; readonly space: string; readonly connection: string },
  tags: readonly (readonly [signature: string, data: Uint8Array])[],
): Uint8Array {
  let end = 128 + 4 + 12 * tags.length;
  const places = tags.map(([, data]) => {
    const at = end;
    end += Math.ceil(data.length / 4) * 4;
    return at;
  });
  const profile = bytes(end, (view) => {
    view.setUint32(0, end);
    view.setUint32(8, 0x02400000); // version 2.4
    text(view, 12, header.kind);
    text(view, 16, header.space);
    text(view, 20, header.connection);
    view.setUint16(24, 2024);
    view.setUint16(26, 1);
    view.setUint16(28, 1);
    text(view, 36, "acsp");
    D50.forEach((value, i) => {
      view.setInt32(68 + 4 * i, Math.round(value * 65536));
    });
    view.setUint32(128, tags.length);
    tags.forEach(([signature, data], i) => {
      text(view, 132 + 12 * i, signature);
      view.setUint32(136 + 12 * i, places[i]!);
      view.setUint32(140 + 12 * i, data.length);
    });
  });
  tags.forEach(([, data], i) => {
    profile.set(data, places[i]);
  });
  return profile;
}

function description(name: string): Uint8Array {
  return bytes(12 + name.length + 1 + 8 + 3 + 67, (view) => {
    text(view, 0, "desc");
    view.setUint32(8, name.length + 1);
    text(view, 12, name);
  });
}

function xyz(values: readonly number[]): Uint8Array {
  return bytes(20, (view) => {
    text(view, 0, "XYZ ");
    values.forEach((value, i) => {
      view.setInt32(8 + 4 * i, Math.round(value * 65536)); // s15Fixed16
    });
  });
}

function bytes(length: number, fill: (view: DataView) => void): Uint8Array {
  const array = new Uint8Array(length);
  fill(new DataView(array.buffer));
  return array;
}

function text(view: DataView, at: number, value: string): void {
  for (let i = 0; i < value.length; i++) view.setUint8(at + i, value.charCodeAt(i));
}
