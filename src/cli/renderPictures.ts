import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Recipe } from '../latent/recipe.js';
import { GeneratorSession } from '../workbench/session.js';
import { withEngine } from './gpu.js';
import type { Model } from './model.js';
import type { PictureOutput } from './pictureOutput.js';
import type { Terminal } from './terminal.js';

export interface PictureRequest {
  readonly recipe: Recipe;
  /** Name in a folder, without its ending. */
  readonly name: string;
}

/** Renders the recipes one after another on the GPU and hands each to the output. */
export function renderPictures(
  model: Model,
  requests: readonly PictureRequest[],
  output: PictureOutput,
  terminal: Terminal,
): Promise<void> {
  return renderRequests(model, output, terminal, () => Promise.resolve(requests));
}

/** The same for recipes that it takes the model on the GPU to know. */
export async function renderRequests(
  { opened }: Model,
  output: PictureOutput,
  terminal: Terminal,
  requestsOf: (engine: Engine, session: GeneratorSession) => Promise<readonly PictureRequest[]>,
): Promise<void> {
  const { imgChannels, resolution } = opened.summary;
  await withEngine(async (engine) => {
    const session = await GeneratorSession.open(engine, opened, terminal.progress);
    try {
      const requests = await requestsOf(engine, session);
      for (const [index, { recipe, name }] of requests.entries()) {
        terminal.progress({ label: 'Rendering', fraction: index / requests.length });
        const image = await session.render(recipe, session.resolveDirections(recipe));
        checkFinite(image, name);
        await output.add({ image, shape: [imgChannels, resolution, resolution], recipe, name });
      }
    } finally {
      session.dispose();
    }
  });
  await output.finish();
}

function checkFinite(image: Float32Array, name: string): void {
  if (image.every(Number.isFinite)) return;
  throw new GanvasError(
    'picture-not-finite',
    `The picture ${name} holds values that are not finite. Expected a psi, a strength or a latent of a size the model can bear.`,
    { name },
  );
}
