import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import { PgganDiscriminator } from '../models/pgganDiscriminator.js';
import type { StyleGan2Discriminator } from '../models/stylegan2Discriminator.js';

/**
 * What a discriminator thinks of pictures: its logit, above 0 for what looks real to it. Each picture is judged alone, so
 * that the figure does not depend on its company; the deviation over the minibatch, which the discriminator also sees, is 0
 * then, as in a batch of one of the reference.
 */
export class RealnessScorer {
  private constructor(private readonly program: Program) {}

  /**
   * @param label class of a conditional discriminator; null of an unconditional one. PGGAN's judges without it.
   * @throws GanvasError of `Engine.compile`
   */
  static async compile(
    engine: Engine,
    discriminator: StyleGan2Discriminator | PgganDiscriminator,
    label: number | null,
  ): Promise<RealnessScorer> {
    const { imgChannels, resolution } = discriminator;
    const shape = [1, imgChannels, resolution, resolution];
    const program = await engine.compile(
      ({ picture = inputTensor('picture', shape) }) => ({ logit: logitOf(discriminator, picture, label) }),
      { picture: shape },
      { label: 'realness' },
    );
    return new RealnessScorer(program);
  }

  /** @param picture [imgChannels, resolution, resolution] in −1…1 */
  async score(picture: Float32Array<ArrayBuffer>): Promise<number> {
    this.program.run({ picture });
    const [logit = NaN] = await this.program.read('logit');
    return logit;
  }

  dispose(): void {
    this.program.dispose();
  }
}

function logitOf(
  discriminator: StyleGan2Discriminator | PgganDiscriminator,
  picture: Tensor,
  label: number | null,
): Tensor {
  if (discriminator instanceof PgganDiscriminator) return discriminator.logits(picture);
  const { cDim } = discriminator.config;
  if (cDim === 0) return discriminator.logits(picture, null);
  const oneHot = Float32Array.from({ length: cDim }, (_, index) => (index === label ? 1 : 0));
  return discriminator.logits(picture, constantTensor('class', [1, cDim], oneHot));
}
