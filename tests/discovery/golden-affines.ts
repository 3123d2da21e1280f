import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import type { LayerWeight } from '../../src/discovery/sefa.js';

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

interface Manifest {
  readonly checkpoint_tensors: Readonly<Record<string, Readonly<Record<string, GoldenTensor>>>>;
}

/**
 * The weights that SeFa factorises, out of a genforce checkpoint of the golden folder. The file is a stored zip with
 * one entry a tensor; the manifest gives each tensor's SHA-256, which finds its entry without reading the pickle.
 */
export class GoldenAffines {
  readonly #tensors: Readonly<Record<string, GoldenTensor>>;
  readonly #storages = new Map<string, Uint8Array>();

  constructor(
    goldenDir: string,
    checkpoint: string,
    readonly family: string,
  ) {
    const file = path.join(goldenDir, checkpoint);
    const manifest = JSON.parse(readFileSync(path.join(path.dirname(file), 'manifest.json'), 'utf8')) as Manifest;
    const tensors = manifest.checkpoint_tensors['generator_smooth'];
    if (!tensors) throw new Error(`${file}: no generator_smooth in the manifest`);
    this.#tensors = tensors;
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
      if (name.includes('/data/')) this.#storages.set(createHash('sha256').update(bytes).digest('hex'), bytes);
    }
  }

  /** One entry a layer index of the official `factorize_weight`. */
  layerWeights(): readonly LayerWeight[] {
    if (this.family === 'pggan') return [this.#firstConvolution()];
    const names = Array.from({ length: 32 }, (_, index) => `synthesis.layer${index}.style.weight`);
    const layers = names.filter((name) => name in this.#tensors);
    if (this.family === 'stylegan2') layers.push(this.#lastOutput());
    return layers.map((name, layer) => this.#affine(name, layer));
  }

  #lastOutput(): string {
    const outputs = Object.keys(this.#tensors).filter((name) => /^synthesis\.output\d+\.style\.weight$/.test(name));
    const last = outputs.at(-1);
    if (last === undefined) throw new Error('no output layer with a style');
    return last;
  }

  #affine(name: string, layer: number): LayerWeight {
    const { shape, values } = this.#read(name);
    const [outFeatures = 0, inFeatures = 0] = shape;
    return { layer, outFeatures, inFeatures, weight: values };
  }

  /** `[out, in, kh, kw]` → one row of `in` numbers for each of out × kh × kw; their order does not matter. */
  #firstConvolution(): LayerWeight {
    const { shape, values } = this.#read('layer0.weight');
    const [out = 0, inFeatures = 0, kh = 0, kw = 0] = shape;
    const taps = kh * kw;
    const weight = new Float32Array(values.length);
    for (let o = 0; o < out; o++) {
      for (let i = 0; i < inFeatures; i++) {
        for (let t = 0; t < taps; t++) {
          weight[(o * taps + t) * inFeatures + i] = values[(o * inFeatures + i) * taps + t] ?? NaN;
        }
      }
    }
    return { layer: 0, outFeatures: out * taps, inFeatures, weight };
  }

  #read(name: string): { shape: readonly number[]; values: Float32Array } {
    const tensor = this.#tensors[name];
    const bytes = tensor && this.#storages.get(tensor.sha256);
    if (!tensor || !bytes || tensor.dtype !== 'float32') throw new Error(`no float32 storage for ${name}`);
    return { shape: tensor.shape, values: new Float32Array(bytes.slice().buffer) };
  }
}
