import { beforeAll, describe, expect, test } from 'vitest';
import { searchCauses, type CausalReport, type CausalSettings } from '../../src/discovery/causalSearch.js';
import { segmenterConcepts } from '../../src/discovery/conceptReader.js';
import { dissect, type Dissection } from '../../src/discovery/dissection.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Generator } from '../../src/models/generator.js';
import type { PartSegmenter } from '../../src/models/partSegmenter.js';
import { concat } from '../../src/ops/concat.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { affine } from '../../src/ops/unary.js';
import { createTestEngine } from '../ops/evaluate.js';
import { openStamps, stampLayer, stamps, stampSegmenter, stampUnits } from '../planted/stamps.js';

let engine: Engine;
let generator: Generator;
let segmenter: PartSegmenter;
let dissection: Dissection;

const settings: CausalSettings = { layer: stampLayer, concept: 'disc', steps: 40, seed: 5, class: null };

beforeAll(async () => {
  engine = await createTestEngine();
  ({ generator } = await openStamps());
  segmenter = stampSegmenter();
  const concepts = segmenterConcepts(segmenter, generator);
  dissection = await dissect(engine, generator, concepts, { layers: [stampLayer], samples: 64, seed: 3, class: null });
});

const search = (change: Partial<CausalSettings> = {}, onReport?: (report: CausalReport) => void) =>
  searchCauses(engine, generator, segmenter, dissection, { ...settings, ...change }, onReport ? { onReport } : {});

describe('the units that make a planted stamp', () => {
  test.each(stamps)('%s: its unit has the largest α, and units that make nothing have none', async (stamp) => {
    const { alphas } = await search({ concept: stamp });
    const ranked = [...alphas.keys()].sort((a, b) => (alphas[b] ?? 0) - (alphas[a] ?? 0));
    expect(ranked[0]).toBe(stampUnits[stamp]);
    expect(alphas[stampUnits[stamp]]).toBeGreaterThan(0.9);
    expect(alphasOfNoise(alphas)).toBeLessThan(0.05);
  });

  test('are found again from nothing: IoU only says where to begin', async () => {
    const [layer] = dissection.layers;
    if (layer === undefined) throw new Error('nothing was dissected');
    const iou = layer.agreements.iou.map(() => 0);
    const unknown = { ...dissection, layers: [{ ...layer, agreements: { ...layer.agreements, iou } }] };
    const { alphas } = await searchCauses(engine, generator, segmenter, unknown, settings);
    expect(alphas[stampUnits.disc]).toBe(Math.max(...alphas));
    expect(alphas[stampUnits.disc]).toBeGreaterThan(0.3);
    expect(alphasOfNoise(alphas)).toBeLessThan(0.05);
  });

  test('reports every ten steps and at the end, α always in 0…1', async () => {
    const reports: CausalReport[] = [];
    const last = await search({ steps: 25 }, (report) => reports.push(report));
    expect(reports.map(({ step }) => step)).toEqual([10, 20, 25]);
    expect(last).toEqual(reports.at(-1));
    reports.forEach(({ alphas }) => expect(alphas.every((alpha) => alpha >= 0 && alpha <= 1)).toBe(true));
  });
});

describe('a search that cannot be', () => {
  test.each([
    ['at an unknown layer', { layer: 'nowhere' }, 'invalid-dissection'],
    ['at a layer that was not dissected', { layer: 'twice' }, 'not-dissected'],
    ['for an unknown concept', { concept: 'door' }, 'concept-missing'],
    ['of no step', { steps: 0 }, 'invalid-dissection'],
  ])('%s', async (_, wrong, code) => {
    await expect(search(wrong)).rejects.toMatchObject({ code });
  });

  test('for a concept that no sample shows', async () => {
    const more: PartSegmenter = {
      resolution: segmenter.resolution,
      imgChannels: segmenter.imgChannels,
      parts: [...segmenter.parts, 'unseen'],
      logits: (picture) => {
        const logits = segmenter.logits(picture);
        return concat([logits, affine(sliceAxis(logits, 1, 0, 1), 0, -100)], 1);
      },
    };
    const [layer] = dissection.layers;
    if (layer === undefined) throw new Error('nothing was dissected');
    const none = new Float64Array(64 * 5);
    const agreements = { iou: none, threshold: none, informationQualityRatio: none };
    const seen = { ...dissection, concepts: more.parts, layers: [{ ...layer, agreements, present: none }] };
    const asked = searchCauses(engine, generator, more, seen, { ...settings, concept: 'unseen' });
    await expect(asked).rejects.toMatchObject({ code: 'concept-absent' });
  });

  test.each(['while samples are looked for', 'between steps'])('once it is cancelled %s', async (when) => {
    const abort = new AbortController();
    const running = searchCauses(engine, generator, segmenter, dissection, settings, {
      signal: abort.signal,
      reportEvery: 1,
      onReport: () => abort.abort(),
    });
    if (when.startsWith('while')) abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** The largest of the units that are no stamp's. Other stamps' may be set, too, to make room. */
function alphasOfNoise(alphas: Float32Array): number {
  const planted = new Set(Object.values(stampUnits));
  return alphas.reduce((most, alpha, unit) => (planted.has(unit) ? most : Math.max(most, alpha)), 0);
}
