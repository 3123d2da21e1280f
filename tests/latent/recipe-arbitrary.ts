import fc from 'fast-check';
import { encodeDirectionData } from '../../src/latent/directionData.js';
import {
  transformField,
  type DirectionReference,
  type Edit,
  type Recipe,
  type RecipeLatent,
} from '../../src/latent/recipe.js';

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

const edit: fc.Arbitrary<Edit> = fc.record({
  name: fc.string({ minLength: 1, unit: 'grapheme' }),
  direction,
  strength: finite,
  layers,
  muted: fc.boolean(),
});

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
  .chain((recipe) => fc.option(transform).map((moved) => ({ ...recipe, ...transformField(moved ?? undefined) })))
  // Plain objects throughout, as JSON gives them.
  .map((recipe) => structuredClone(recipe));
