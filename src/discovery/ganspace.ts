/** GANSpace: what varies most, in w or in a layer's activations. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import type { Generator } from '../models/generator.js';
import { directionsOfFeatures } from './ganspaceOfFeatures.js';
import { componentsOfW, directionsOfW } from './ganspaceOfW.js';
import { checkGanspaceRequest, checkGoesOn, type GanspaceRequest } from './ganspaceRequest.js';

export type { GanspaceRequest } from './ganspaceRequest.js';

/**
 * GANSpace (Härkönen et al. 2020): principal components of w, or of the activations of a layer, led back to the latent by
 * regression (ganspace decomposition.py: compute). Strongest first, the entry of largest magnitude positive, one unit of
 * strength a standard deviation of the latent. Statistics: `stdev` along the component and `varianceRatio`, of w or of the
 * activations, and `sigma`, that of the latent in units of strength.
 * @throws GanvasError `invalid-ganspace-request`, `ganspace-not-possible`, `feature-layer-missing`, `invalid-layer-range`,
 * `invalid-seed`, `class-missing`, `cancelled`, and of `Engine.compile`
 */
export async function discoverGanspace(
  engine: Engine,
  generator: Generator,
  request: GanspaceRequest,
): Promise<Direction[]> {
  checkGanspaceRequest(request, generator);
  checkGoesOn(request);
  if (request.at !== null) return directionsOfFeatures(engine, generator, request);
  if (!generator.latentSpaces.includes('w')) {
    throw new GanvasError(
      'ganspace-not-possible',
      'This model has no w, and its z varies alike in every direction. Choose a feature layer whose activations are decomposed.',
    );
  }
  return directionsOfW(await componentsOfW(engine, generator, request), generator, request);
}
