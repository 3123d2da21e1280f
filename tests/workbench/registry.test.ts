import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelHash } from '../../src/checkpoints/modelHash.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recipeFromHash } from '../../src/latent/recipeLink.js';
import { bundledModel, parseRegistry } from '../../src/workbench/registry.js';

const weights = new URL('../../weights/', import.meta.url);
const json = JSON.parse(readFileSync(new URL('registry.json', weights), 'utf8')) as {
  models: Record<string, unknown>[];
};

/** The registry with one field of its first model replaced; undefined removes it. */
function withField(field: string, value: unknown): unknown {
  const [first, ...rest] = structuredClone(json.models);
  if (!first) throw new Error('no models');
  if (value === undefined) delete first[field];
  else first[field] = value;
  return { version: 1, models: [first, ...rest] };
}

describe('weights/registry.json', () => {
  const registry = parseRegistry(json);

  it('names the bundled face64', () => {
    expect(bundledModel(registry, 'face64')).toMatchObject({ family: 'stylegan2', resolution: 64, licence: 'CC0-1.0' });
  });

  it('names where to get a release of every family that has one', () => {
    const external = registry.models.filter((model) => model.kind === 'external');
    expect(new Set(external.map(({ family }) => family))).toEqual(
      new Set(['pggan', 'stylegan', 'stylegan2', 'stylegan3', 'biggan', 'biggan-deep']),
    );
    expect(external.find(({ name }) => name === 'biggan-deep-256')).toMatchObject({ approximateBytes: 224_000_000 });
    expect(external.find(({ name }) => name === 'stylegan3-t-ffhq')).toMatchObject({ approximateBytes: null });
  });

  it.each(registry.models.filter((model) => model.kind === 'bundled'))('tells the truth about $name', async (model) => {
    const file = new URL(model.file, weights);
    expect(statSync(file).size).toBe(model.bytes);
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(model.sha256);
    const generator = chooseGenerator(readCheckpoint(readFileSync(file), model.file));
    expect(await modelHash(generator.tensors)).toBe(model.modelHash);
    expect(readFileSync(new URL(model.card, weights), 'utf8')).toContain(model.file.split('/').at(-1));
  });
});

it('all that comes with a clone of the weights stays below 20 MB', () => {
  const files = readdirSync(weights, { recursive: true, encoding: 'utf8' }).map((name) =>
    statSync(new URL(name, weights)),
  );
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
  expect(bytes).toBeGreaterThan(10e6);
  expect(bytes).toBeLessThan(20e6);
});

it.each(['index.html', 'examples/embed.html'])('the first face of %s is one of the bundled model', (page) => {
  const [link = ''] = /#r1=[\w-]+/.exec(readFileSync(page, 'utf8')) ?? [];
  expect(recipeFromHash(link)?.model).toBe(bundledModel(parseRegistry(json), 'face64').modelHash);
});

describe('parseRegistry', () => {
  it.each<[string, unknown, string]>([
    ['kind', 'rented', '"models[0].kind" in the model registry is "rented". Expected one of "bundled", "external".'],
    ['name', 'Face 64', '"models[0].name" in the model registry is "Face 64".'],
    ['name', 'ffhq', '"models[1].name" in the model registry is "ffhq". Expected a name that no other model has.'],
    ['family', 'vae', '"models[0].family" in the model registry is "vae". Expected one of "pggan",'],
    ['resolution', 63.5, '"models[0].resolution" in the model registry is 63.5.'],
    ['file', '../secret', '"models[0].file" in the model registry is "../secret".'],
    ['file', '/etc/passwd', '"models[0].file" in the model registry is "/etc/passwd".'],
    ['file', 'https://example.org/x', 'Expected a path below the folder of the registry.'],
    ['sha256', 'ABC', 'Expected 64 lower-case hexadecimal digits.'],
    ['modelHash', 'abc', '"models[0].modelHash" in the model registry is "abc".'],
    ['bytes', '3', '"models[0].bytes" in the model registry is "3".'],
    ['licence', undefined, '"models[0].licence" in the model registry is nothing.'],
    ['colour', 'red', '"models[0].colour" is not a field of the model registry.'],
  ])('refuses %s = %j', (field, value, message) => {
    expect(() => parseRegistry(withField(field, value))).toThrow(
      expect.objectContaining({ code: 'invalid-registry', message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses another version', () => {
    expect(() => parseRegistry({ version: 2, models: [] })).toThrow('"version" in the model registry is 2.');
  });
});

describe('bundledModel', () => {
  it('lists the names there are', () => {
    expect(() => bundledModel(parseRegistry(json), 'face128')).toThrow(
      expect.objectContaining({
        code: 'unknown-model',
        message: 'There is no bundled model "face128". Expected one of "face64".',
      }),
    );
    expect(() => bundledModel(parseRegistry(json), 'ffhq')).toThrow(expect.objectContaining({ code: 'unknown-model' }));
  });
});
