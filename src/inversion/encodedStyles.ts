import type { Engine } from '../engine/engine.js';
import type { Generator } from '../models/generator.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import { named } from './named.js';

/**
 * What an encoder makes of each picture: W+ [numWs, wDim].
 * @param pictures each [imgChannels, resolution, resolution] in −1…1
 * @throws GanvasError of `Engine.compile`
 */
export async function encodedStyles(
  engine: Engine,
  encoder: StyleEncoder,
  { imgChannels, resolution }: Pick<Generator, 'imgChannels' | 'resolution'>,
  pictures: readonly Float32Array[],
): Promise<readonly Float32Array[]> {
  const program = await engine.compile(
    (inputs) => ({ styles: encoder.styles(named(inputs, 'picture')) }),
    { picture: [1, imgChannels, resolution, resolution] },
    { label: 'style encoder' },
  );
  const styles: Float32Array[] = [];
  try {
    for (const picture of pictures) {
      program.run({ picture: Float32Array.from(picture) });
      styles.push(await program.read('styles'));
    }
  } finally {
    program.dispose();
  }
  return styles;
}
