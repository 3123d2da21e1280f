import fc from 'fast-check';
import { bytesToBase64 } from '../../src/latent/base64.js';
import { encodeDirectionData } from '../../src/latent/directionData.js';
import { conditionsField, mixField, transformField, unitsField } from '../../src/latent/recipeForm.js';
import type { DirectionReference, Edit, Recipe, RecipeLatent, StyleMix, UnitEdit } from '../../src/latent/recipe.js';

/** Minus zero is left out: JSON has none. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const seed = fc.integer({ min: 0, max: 0xffff_ffff });
const row = (length: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.array(finite, { minLength: length, maxLength: length }),
    fc.array(float, { minLength: length, maxLength: length }),
  );
const length = fc.integer({ min: 1, max: 6 });

const latent: fc.Arbitrary<RecipeLatent> = fc.oneof(
  fc.record({ space: fc.constant('z' as const), seed }),
  fc.record({ space: fc.constant('z' as const), values: length.chain(row) }),
  fc.record({ space: fc.constant('w' as const), values: length.chain(row) }),
  fc.record({
    space: fc.constant('w+' as const),
    values: length.chain((width) => fc.array(row(width), { minLength: 1, maxLength: 4 })),
  }),
);

const layers = fc.constantFrom('all', '0-3', '0-3,7', '5');

const direction: fc.Arbitrary<DirectionReference> = fc.oneof(
  fc.record({ method: fc.constant('sefa' as const), layers, index: fc.nat() }),
  fc.record({
    method: fc.constant('vector' as const),
    space: fc.constantFrom('z' as const, 'w' as const, 'w+' as const),
    data: fc
      .array(float, { minLength: 1, maxLength: 8 })
      .map((values) => encodeDirectionData(Float32Array.from(values))),
  }),
);

const name = fc.string({ minLength: 1, unit: 'grapheme' });

const edit: fc.Arbitrary<Edit> = fc
  .record({ name, direction, strength: finite, layers, muted: fc.boolean() })
  .chain((plain) =>
    fc
      .array(fc.record({ name, direction }), { maxLength: 2 })
      .map((conditions) => ({ ...plain, ...conditionsField(conditions) })),
  );

const mix: fc.Arbitrary<StyleMix[]> = fc.array(fc.record({ latent, layers }), { maxLength: 2 });

const unitEdit: fc.Arbitrary<UnitEdit> = fc.uniqueArray(fc.nat(511), { minLength: 1, maxLength: 4 }).chain((units) =>
  fc.record({
    name,
    layer: fc.constantFrom('b8.conv0', 'b16.conv1'),
    units: fc.constant(units),
    values: fc.array(finite, { minLength: units.length, maxLength: units.length }),
    strength: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    mask: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytesToBase64(bytes))),
    muted: fc.boolean(),
  }),
);

const transform = fc.record({ x: finite, y: finite, angle: finite });

/** Any valid recipe. */
export const anyRecipe: fc.Arbitrary<Recipe> = fc
  .record(
    {
      version: fc.constant(1 as const),
      model: fc.stringMatching(/^[0-9a-f]{64}$/),
      latent,
      class: fc.option(fc.nat()),
      truncation: fc.record({ psi: finite, cutoff: fc.option(fc.nat(18)) }),
      noise: fc.record({ mode: fc.constantFrom('const' as const, 'random' as const, 'none' as const), seed }),
      edits: fc.array(edit, { maxLength: 4 }),
    },
    { noNullPrototype: true },
  )
  .chain((recipe) =>
    fc.tuple(fc.option(transform), mix, fc.array(unitEdit, { maxLength: 2 })).map(([moved, mixed, units]) => ({
      ...recipe,
      ...transformField(moved ?? undefined),
      ...mixField(mixed),
      ...unitsField(units),
    })),
  )
  // Plain objects throughout, as JSON gives them.
  .map((recipe) => structuredClone(recipe));
