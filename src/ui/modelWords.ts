import type { AdapterSummary, ModelSummary } from '../workbench/api.js';

const families: Readonly<Record<string, string>> = { stylegan2: 'StyleGAN2' };

/** The file's name without its ending. */
export function modelName(model: ModelSummary): string {
  return model.name.replace(/\.(pkl|pickle|safetensors)$/i, '');
}

export function familyName(model: ModelSummary): string {
  return families[model.family] ?? model.family;
}

/** What the driver calls itself, else who made it. */
export function adapterName(adapter: AdapterSummary): string {
  const parts = adapter.description === '' ? [adapter.vendor, adapter.architecture] : [adapter.description];
  return parts.filter((part) => part !== '').join(' ');
}
