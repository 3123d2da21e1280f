import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Generator } from '../models/generator.js';
import type { ConceptReader } from './conceptReader.js';
import { checkNotCancelled } from './dissectionCancel.js';
import { latentStream, sampledSynthesis, sampledWs } from './sampledLatents.js';

/** A sample that shows the concept. */
export interface ShowingSample {
  /** [zDim] */
  readonly z: Float32Array<ArrayBuffer>;
  /** 1 where the concept is, [size, size]. */
  readonly mask: Uint8Array;
  /** Its pixels. */
  readonly area: number;
}

const rows = 8;
/** Samples that are kept, and drawn at most. */
const mostKept = 64;
const mostDrawn = 512;
/** Part of the picture that a concept must cover to be worth a look: a stray pixel is no concept. */
const leastArea = 0.002;

/**
 * Samples of a seed that show a concept.
 * @throws GanvasError `concept-absent` when none of the first 512 does; `cancelled`; those of `Engine.compile`
 */
export async function samplesShowing(
  engine: Engine,
  generator: Generator,
  reader: ConceptReader,
  { concept, seed, class: label }: { readonly concept: number; readonly seed: number; readonly class: number | null },
  signal: AbortSignal | undefined,
): Promise<ShowingSample[]> {
  const { zDim } = generator;
  const pixels = reader.size ** 2;
  const program = await engine.compile(
    ({ z }) => {
      if (z === undefined) throw new RangeError('internal: samples need z');
      return {
        concepts: reader.trace(generator.synthesis(sampledWs(generator, z, label), sampledSynthesis(generator))),
      };
    },
    { z: [rows, zDim] },
    { label: 'samples of a concept' },
  );
  const found: ShowingSample[] = [];
  try {
    const draw = latentStream(generator, seed);
    for (let drawn = 0; drawn < mostDrawn && found.length < mostKept; drawn += rows) {
      checkNotCancelled(signal);
      const z = draw(rows);
      program.run({ z });
      const labels = reader.labels(await program.read('concepts'));
      for (let row = 0; row < rows; row++) {
        const mask = labels.subarray(row * pixels, (row + 1) * pixels).map((shown) => (shown === concept ? 1 : 0));
        const area = mask.reduce((sum, value) => sum + value, 0);
        if (area >= leastArea * pixels) found.push({ z: z.slice(row * zDim, (row + 1) * zDim), mask, area });
      }
    }
  } finally {
    program.dispose();
  }
  if (found.length > 0) return found;
  const name = reader.concepts[concept] ?? '';
  throw new GanvasError(
    'concept-absent',
    `None of ${mostDrawn} samples shows "${name}", so nothing can be found that makes it. Choose another concept or seed.`,
    { concept: name },
  );
}
