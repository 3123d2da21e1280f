import type { AdapterSummary, ModelSummary } from '../workbench/api.js';

const families: Readonly<Record<string, string>> = {
  pggan: 'PGGAN',
  stylegan: 'StyleGAN',
  stylegan2: 'StyleGAN2',
  stylegan3: 'StyleGAN3',
  biggan: 'BigGAN',
  'biggan-deep': 'BigGAN-deep',
  dcgan: 'DCGAN',
  layers: 'Described by layers',
};

/** The file's name without its ending. */
export function modelName(model: ModelSummary): string {
  return model.name.replace(/\.(pkl|pickle|safetensors|pth?|bin|ckpt)$/i, '');
}

/** A family as people write it. */
export function familyName({ family }: Pick<ModelSummary, 'family'>): string {
  return families[family] ?? family;
}

/** What the driver calls itself, else who made it. */
export function adapterName(adapter: AdapterSummary): string {
  const parts = adapter.description === '' ? [adapter.vendor, adapter.architecture] : [adapter.description];
  return parts.filter((part) => part !== '').join(' ');
}
