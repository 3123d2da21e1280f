/** 8-bit RGBA pixels, row-major, `(x·127.5+128)` truncated as NVIDIA's `generate.py` does. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * 8-bit RGBA of a picture [C, H, W]: `(x·127.5 + 128)` clamped to 0…255 and truncated, as stylegan2-ada-pytorch's
 * generate.py does, in f32 like the shader that draws to the canvas. Fewer than three channels become grey.
 */
export function toPixels(image: Float32Array, channels: number, height: number, width: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  const plane = width * height;
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const source = channels < 3 ? 0 : channel;
      data[pixel * 4 + channel] = level(image[source * plane + pixel] ?? 0);
    }
    data[pixel * 4 + 3] = 255;
  }
  return { width, height, data };
}

function level(value: number): number {
  const scaled = Math.fround(Math.fround(value * 127.5) + 128);
  return Math.floor(Math.min(Math.max(scaled, 0), 255));
}
