import type { Pixels } from '../../src/workbench/api.js';

/** Twelve numbers decide a drawn face; each reads one of them. */
export const traitCount = 12;

/** A small generator of repeatable numbers in −1…1, so that a seed always draws the same face. */
export function traitsOf(seed: number): number[] {
  let state = (seed + 1) * 2654435761;
  return Array.from({ length: traitCount }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return (((state ^ (state >>> 13)) >>> 0) / 0xffffffff) * 2 - 1;
  });
}

type Colour = readonly [number, number, number];

/** Draws a cartoon face by signed distances: enough to see that an edit moved something. */
export function drawFace(traits: readonly number[], size: number): Pixels {
  const trait = (index: number): number => Math.max(-2.5, Math.min(2.5, traits[index] ?? 0));
  const data = new Uint8ClampedArray(size * size * 4);
  const skin = mix([244, 205, 172], [92, 58, 40], 0.5 + trait(0) / 2.4);
  const hair = mix([32, 22, 20], [232, 196, 120], 0.5 + trait(1) / 2.2);
  const ground = mix([112, 160, 140], [150, 116, 170], 0.5 + trait(2) / 2);
  const glasses = trait(6) > 0.45;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const u = (x + 0.5) / size - 0.5 - trait(3) * 0.03;
      const v = (y + 0.5) / size - 0.5;
      const light = 1 - 0.35 * Math.hypot(u, v);
      let colour = scale(ground, light);
      const width = 0.23 + trait(4) * 0.02;
      const face = ellipse(u, v - 0.02, width, 0.3);
      const crown = ellipse(u, v + 0.07, width + 0.06, 0.28 + trait(5) * 0.03);
      colour = over(colour, scale(skin, 0.75), ellipse(u, v - 0.42, 0.14, 0.2));
      colour = over(colour, hair, crown);
      colour = over(colour, scale(skin, 1 - 0.5 * Math.max(0, u + trait(7) * 0.1)), Math.max(face, 0.17 - (v + 0.3)));
      const turn = u - trait(3) * 0.02;
      for (const side of [-1, 1]) {
        const eye = ellipse(turn - side * 0.09, v + 0.03, 0.034, 0.02 + 0.004 * trait(8));
        colour = over(colour, [250, 250, 248], eye);
        colour = over(colour, [40, 40, 60], ellipse(turn - side * 0.09, v + 0.03, 0.014, 0.016));
        colour = over(colour, scale(hair, 0.8), ellipse(turn - side * 0.09, v + 0.085 + trait(9) * 0.01, 0.045, 0.009));
        const ring = Math.abs(Math.hypot(turn - side * 0.09, v + 0.03) - 0.065) - 0.008;
        if (glasses) colour = over(colour, [30, 30, 36], ring);
      }
      colour = over(colour, scale(skin, 0.8), ellipse(turn, v - 0.06, 0.02, 0.035));
      const curve = v - 0.15 + trait(10) * (0.9 * turn * turn * 6 - 0.03);
      colour = over(
        colour,
        [170, 70, 76],
        Math.max(Math.abs(turn) - 0.085, Math.abs(curve) - 0.013 - Math.max(0, trait(11)) * 0.012),
      );
      const at = (y * size + x) * 4;
      data.set([colour[0], colour[1], colour[2], 255], at);
    }
  }
  return { width: size, height: size, data };
}

function ellipse(u: number, v: number, a: number, b: number): number {
  return (Math.hypot(u / a, v / b) - 1) * Math.min(a, b);
}

function over(below: Colour, above: Colour, distance: number): Colour {
  return mix(below, above, Math.max(0, Math.min(1, 0.5 - distance * 60)));
}

function mix(a: Colour, b: Colour, amount: number): Colour {
  const t = Math.max(0, Math.min(1, amount));
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

function scale(colour: Colour, factor: number): Colour {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}
