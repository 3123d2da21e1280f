import type { DomainGauge, InversionMethod, InversionSpace, InversionStatus } from '../workbench/inversionApi.js';
import { formatPlain } from './format.js';

/** What may be optimised, each in one plain sentence. */
export const spaces: readonly { readonly space: InversionSpace; readonly meaning: string }[] = [
  {
    space: 'z',
    meaning: 'Only pictures that the model would draw by itself. Edits work best, the likeness is loosest.',
  },
  { space: 'w', meaning: 'One style for the whole picture: a fair likeness that still edits well.' },
  { space: 'w+', meaning: 'A style for every layer: the closest likeness, and edits that may break sooner.' },
];

export const methods: readonly { readonly method: InversionMethod; readonly name: string; readonly source: string }[] =
  [
    { method: 'ganvas', name: 'ganvas', source: 'Tuned on the bundled model.' },
    { method: 'projector', name: 'Projector', source: 'NVIDIA’s projector.py of StyleGAN2-ADA, 2020.' },
    { method: 'image2stylegan', name: 'Image2StyleGAN', source: 'Abdal, Qin & Wonka, 2019.' },
  ];

/** Where a result lies, as a title and as what it means for edits. */
export const verdicts: Readonly<Record<DomainGauge['verdict'], { readonly title: string; readonly meaning: string }>> =
  {
    inside: {
      title: 'Inside the model’s world',
      meaning: 'The model draws pictures as far out as this one by itself, so edits act on it as on any seed.',
    },
    edge: {
      title: 'At the edge of the model’s world',
      meaning: 'Few of the model’s own pictures lie as far out. Small edits hold; strong ones may distort.',
    },
    outside: {
      title: 'Outside the model’s world',
      meaning:
        'The model never learned what lies here: the picture matches, but an edit moves it to places that mean nothing, and it may break. The space w, or fewer steps, stay closer.',
    },
  };

/** What the job is doing, for the panel and the status line. */
export function phaseInWords({ phase, step, choices: { steps } }: InversionStatus): string {
  switch (phase) {
    case 'preparing':
      return 'Preparing the inversion';
    case 'running':
      return `Inverting, step ${step} of ${steps}`;
    case 'paused':
      return `Paused at step ${step} of ${steps}`;
    case 'stored':
      return `From before the reload, step ${step} of ${steps}`;
    case 'finished':
      return `Done, ${steps} steps`;
    case 'cancelled':
      return `Cancelled at step ${step} of ${steps}`;
    case 'failed':
      return `Stopped at step ${step} of ${steps}`;
  }
}

/** "31.4 dB" */
export function decibels(psnr: number): string {
  return Number.isFinite(psnr) ? `${formatPlain(psnr, 1)} dB` : 'identical';
}
