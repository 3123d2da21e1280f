import { writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';

/** A generator of 8 channels at any resolution, with weights that make a picture of some contrast. */
export function craftedModel(
  resolution: number,
  otherShapes: Readonly<Record<string, readonly number[]>> = {},
  /** Of the picture's numbers. */
  contrast = 1,
): ArrayBuffer {
  const written = new Map<string, TensorToWrite>();
  const add = (name: string, ...usual: number[]): void => {
    const shape = otherShapes[name] ?? usual;
    const count = shape.reduce((product, extent) => product * extent, 1);
    written.set(name, {
      dtype: 'F32',
      shape,
      data: Float32Array.from(
        { length: count },
        (_, index) => Math.sin(index * 12.9898 + count) * (name.includes('torgb') ? 0.05 * contrast : 0.5),
      ),
    });
  };
  const layer = (path: string, out: number, kernel: number): void => {
    add(`${path}.weight`, out, 8, kernel, kernel);
    add(`${path}.bias`, out);
    add(`${path}.affine.weight`, 8, 8);
    add(`${path}.affine.bias`, 8);
  };
  add('mapping.fc0.weight', 8, 8);
  add('mapping.fc0.bias', 8);
  add('synthesis.b4.const', 8, 4, 4);
  for (let size = 4; size <= resolution; size *= 2) {
    add(`synthesis.b${size}.resample_filter`, 4, 4);
    for (const conv of size === 4 ? ['conv1'] : ['conv0', 'conv1']) layer(`synthesis.b${size}.${conv}`, 8, 3);
    layer(`synthesis.b${size}.torgb`, 3, 1);
  }
  return Uint8Array.from(writeSafetensors(written)).buffer;
}

/** One of whose tensors has not the shape that the others ask for. */
export const misshapenModel = (): ArrayBuffer => craftedModel(8, { 'mapping.fc0.bias': [7] });

/** One whose planes no adapter binds in one buffer. */
export const hugeModel = (): ArrayBuffer => craftedModel(32_768);

/** A safetensors file with one tensor renamed in its header; the new name must be as long. */
export function withRenamed(file: Uint8Array, from: string, to: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(file);
  const start = Buffer.from(bytes.buffer).indexOf(`"${from}"`);
  if (start < 0 || from.length !== to.length) throw new Error(`cannot rename ${from}`);
  bytes.set(new TextEncoder().encode(`"${to}"`), start);
  return bytes;
}

/** A safetensors file of f32 whose last number is not one. */
export function withNotANumber(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(file);
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, NaN, true);
  return bytes;
}
