import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stamps, stampSegmenterFile, stampsFile, stampUnits } from '../planted/stamps.js';
import { ensureBuilt } from '../setup/build.js';
import { ganvas, goldenFile, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const resnet = goldenFile('stylegan2-ada-16-resnet');
const conditional = goldenFile('stylegan2-ada-32-cond5');
const planted = ['dissect', 'stamps.safetensors', '--segmenter', 'parts.safetensors', '--layers', 'stamps'];

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
  writeFileSync(join(folder, 'stamps.safetensors'), stampsFile().bytes);
  writeFileSync(join(folder, 'parts.safetensors'), stampSegmenterFile().bytes);
});
afterAll(() => removeFolder(folder));

interface Report {
  readonly samples: number;
  readonly concepts: readonly {
    readonly concept: string;
    readonly area: number;
    readonly units: readonly { readonly unit: number; readonly iou: number }[];
  }[];
  readonly best: readonly unknown[];
  readonly ablation?: { readonly units: readonly number[]; readonly changes: readonly Record<string, unknown>[] };
  readonly causal?: { readonly alphas: readonly number[]; readonly step: number };
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('ganvas dissect', () => {
  test('finds planted units, switches them off, searches for causes, and reports all of it', async () => {
    const options = ['--samples', '40', '--ablate', 'strip:1', '--causal', 'disc', '--steps', '20', '--seed', '3'];
    const table = await succeed(folder, [...planted, ...options, '--out', 'report.json']);
    const report = JSON.parse(read('report.json')) as Report;
    expect(report.samples).toBe(40);
    expect(report.concepts.map(({ concept }) => concept)).toEqual(['background', ...stamps]);
    stamps.forEach((stamp, index) => {
      const [first] = report.concepts[index + 1]?.units ?? [];
      expect(first).toMatchObject({ unit: stampUnits[stamp], layer: 'stamps', concept: stamp });
      expect(first?.iou).toBeGreaterThanOrEqual(0.9);
      expect(table).toMatch(new RegExp(`^${stamp} +\\d+\\.\\d % +stamps#${stampUnits[stamp]} (0\\.9|1\\.0)`, 'm'));
    });
    expect(report.best).toHaveLength(64);
    expect(report.ablation?.units).toEqual([stampUnits.strip]);
    expect(report.ablation?.changes[3]).toMatchObject({ concept: 'strip', areaChange: -1, after: 0 });
    expect(report.causal?.alphas).toHaveLength(64);
    expect(report.causal?.alphas[stampUnits.disc]).toBe(Math.max(...(report.causal?.alphas ?? [])));
    expect(table).toContain(`Without units ${stampUnits.strip} of stamps`);
    expect(table).toMatch(new RegExp(`by α[^\\n]*\\n${stampUnits.disc} `));
  });

  test('writes a row a unit as CSV', async () => {
    await succeed(folder, [...planted, '--samples', '8', '--out', 'units.csv']);
    const [header, ...rows] = read('units.csv').trimEnd().split('\n');
    expect(header).toBe('layer,unit,concept,iou,informationQualityRatio,threshold,reported');
    expect(rows).toHaveLength(64);
    expect(rows.every((row) => /^stamps,\d+,\w+(,[\d.e+-]+){3},[01]$/.test(row))).toBe(true);
  });

  test('looks at light and dark of any family, and at face64 with its own segmenter', async () => {
    const table = await succeed(folder, ['dissect', resnet, '--concepts', 'luma', '--samples', '8']);
    expect(table).toMatch(/^light +\d+\.\d % +synthesis\.b/m);
    const margins = ['dissect', goldenFile('stylegan3-r-32'), '--concepts', 'luma', '--samples', '2'];
    expect(await succeed(folder, margins)).toMatch(/^dark +\d+\.\d % +synthesis\.(input|L)/m);
    await succeed(folder, ['dissect', conditional, '--class', '2', '--concepts', 'luma', '--samples', '2']);
    const face = ['dissect', 'face64', '--layers', 'synthesis.b16.conv1,synthesis.b8.conv1', '--samples', '8'];
    expect(await succeed(folder, face)).toMatch(/^glasses +\d+\.\d % +synthesis\.b(8|16)\.conv1#\d+ /m);
  });

  test.each<[string, readonly string[], string]>([
    ['no segmenter', ['dissect', resnet], 'Expected --segmenter FILE'],
    ['a file that is none', ['dissect', resnet, '--segmenter', resnet], 'holds no segmenter'],
    ['a missing file', ['dissect', resnet, '--segmenter', 'none.pth'], 'There is no file none.pth'],
    ['no samples', [...planted, '--samples', '0'], 'of at least 1'],
    ['an unknown layer', ['dissect', resnet, '--concepts', 'luma', '--layers', 'b4'], 'There is no layer "b4"'],
    ['an unknown concept', [...planted, '--ablate', 'door:5'], 'There is no concept "door"'],
    ['an ablation without number', [...planted, '--ablate', 'disc'], 'Expected CONCEPT:K'],
    ['a layer that is not looked at', [...planted, '--ablate', 'disc:1', '--layer', 'twice'], 'Expected one of stamps'],
    ['a layer for nothing', [...planted, '--layer', 'stamps'], 'Expected --ablate or --causal'],
    ['steps without a search', [...planted, '--steps', '5'], 'Expected --causal'],
    ['a search by luma', ['dissect', resnet, '--concepts', 'luma', '--causal', 'light'], 'needs a segmenter'],
    ['two sources', [...planted, '--concepts', 'luma'], 'Leave one of them out'],
    ['an output of another kind', [...planted, '--out', 'units.txt'], '.json or .csv'],
    ['a class of a model without', [...planted, '--class', '1'], 'has no classes'],
    ['a conditional model without class', ['dissect', conditional, '--concepts', 'luma'], 'give a class from 0 to 4'],
  ])('%s is refused', async (_, argv, expected) => {
    expect(await refuse(folder, argv)).toContain(expected);
  });

  test('explains itself', async () => {
    const { stdout } = await ganvas(folder, ['dissect', '--help']);
    expect(stdout).toContain('Usage: ganvas dissect CHECKPOINT');
  });
});
