import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import type { Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import type { Recipe } from '../latent/recipe.js';
import { synthesisWithFeatures, visiblePart, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import { add } from '../ops/binary.js';
import type { GeneratorSession } from './session.js';

/** Inputs of a frame that the features of a layer follow from. */
const inputNames = ['w', 'psi', 'offset', 'transform', 'statistics'] as const;

interface CompiledFeatures {
  readonly session: GeneratorSession;
  readonly key: string;
  readonly program: Promise<Program>;
}

/** The features of a recipe's picture, a layer at a time; the program of the layer asked for last is kept. */
export class FeatureFrame {
  private compiled: CompiledFeatures | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  /**
   * Features of a layer as far as they lie in the picture, [channels, side, side] of `visibleSide`, before edits of units; random noise counts as constant.
   * @throws GanvasError of `GeneratorSession.frameInputs` and `Engine.compile`
   */
  features(
    engine: Engine,
    session: GeneratorSession,
    recipe: Recipe,
    layer: FeatureLayer,
  ): Promise<Float32Array<ArrayBuffer>> {
    const result = this.queue.then(async () => {
      const program = await this.programOf(engine, session, layer, recipe.noise.mode === 'none' ? 'none' : 'const');
      const inputs = await session.frameInputs(recipe, session.resolveDirections(recipe));
      for (const name of inputNames) {
        const values = inputs[name];
        if (values !== undefined) program.write(name, values);
      }
      program.run();
      return program.read('features');
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Lets go of the program once features under way have been read. */
  dispose(): void {
    const { compiled } = this;
    this.compiled = null;
    void this.queue.then(() => compiled?.program.then((program) => program.dispose()).catch(() => undefined));
  }

  private async programOf(
    engine: Engine,
    session: GeneratorSession,
    layer: FeatureLayer,
    noise: 'const' | 'none',
  ): Promise<Program> {
    const key = `${layer.name} ${noise}`;
    if (this.compiled?.key === key && this.compiled.session === session) return this.compiled.program;
    const previous = this.compiled;
    const program = compileFeatures(engine, session.opened.generator, layer, noise);
    this.compiled = { session, key, program };
    program.catch(() => (this.compiled = null));
    (await previous?.program.catch(() => null))?.dispose();
    return program;
  }
}

function compileFeatures(
  engine: Engine,
  generator: Generator,
  layer: FeatureLayer,
  noise: 'const' | 'none',
): Promise<Program> {
  const { numWs, wDim, takesTransform } = generator;
  const weights = generator.statisticsOf(1);
  const shapes: Record<string, Shape> = {
    w: [1, numWs, wDim],
    psi: [numWs],
    offset: [1, numWs, wDim],
    ...(takesTransform ? { transform: [3, 3] } : {}),
    ...(weights === null ? {} : { statistics: [weights.length] }),
  };
  const trace = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const { w, psi, offset, transform, statistics } = inputs;
    if (w === undefined || psi === undefined || offset === undefined) throw new RangeError('internal: input missing');
    const { features } = synthesisWithFeatures(generator, add(generator.truncate(w, psi), offset), {
      noise,
      ...(transform === undefined ? {} : { transform }),
      ...(statistics === undefined ? {} : { statistics }),
    });
    const found = features.get(layer.name);
    if (found === undefined) throw new RangeError(`internal: there is no layer ${layer.name}`);
    return { features: visiblePart(found, layer) };
  };
  return engine.compile(trace, shapes, { label: `features of ${layer.name}` });
}
